import { Logger } from '@nestjs/common';
import { UserSums } from './user-sums.js';
import type { UserSumsRepository, UserUnit } from './user-sums.repository.js';

const { jest } = import.meta;
const NOW = Date.parse('2026-06-01T00:00:00Z');
const TEN_MINUTES = 600_000;
const units = ['a', 'b', 'c'].map((tenantId): UserUnit => ({ tenantId, unit: 'day', startsAt: new Date(0) }));

/** A database in which nothing takes any time. */
class Repository {
  readonly begun: Date[] = [];
  readonly asked: string[] = [];
  outcomes: Record<string, 'later' | 'busy' | Error> = {};
  units = units;
  isAway = false;

  begin(_: number, since: Date): Promise<void> {
    this.begun.push(since);
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  }
  list(): Promise<UserUnit[]> {
    return Promise.resolve(this.units);
  }
  sum({ tenantId }: UserUnit): Promise<'summed' | 'later' | 'busy'> {
    this.asked.push(tenantId);
    const outcome = this.outcomes[tenantId] ?? 'summed';
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  }
  cancel(): Promise<void> {
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  }
}

let repository: Repository;
let sums: UserSums;

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ now: NOW, doNotFake: ['performance', 'nextTick', 'setImmediate'] });
  repository = new Repository();
  sums = new UserSums(repository as unknown as UserSumsRepository);
});
afterEach(async () => {
  await sums.onApplicationShutdown();
  jest.useRealTimers();
});

it('looks at everything first, at what is recent every ten minutes, and once a day at everything again', async () => {
  repository.units = [];
  sums.onApplicationBootstrap();
  for (let round = 0; round < 144; round += 1) await jest.advanceTimersByTimeAsync(TEN_MINUTES);
  const recent = repository.begun
    .slice(1, 144)
    .map((since, index) => NOW + (index + 1) * TEN_MINUTES - since.getTime());
  expect(repository.begun).toHaveLength(145);
  expect([repository.begun[0], repository.begun[144]]).toEqual([new Date(0), new Date(0)]);
  expect(new Set(recent)).toEqual(new Set([40 * 86_400_000]));
});

it('tries again after a round that failed, and begins none when the gateway has ended', async () => {
  repository.isAway = true;
  sums.onApplicationBootstrap();
  await jest.advanceTimersByTimeAsync(TEN_MINUTES);
  expect(repository.begun).toHaveLength(2);
  await sums.onApplicationShutdown();
  await jest.advanceTimersByTimeAsync(10 * TEN_MINUTES);
  expect(repository.begun).toHaveLength(2);
});

it.each<[string, Repository['outcomes'], string[], number]>([
  ['goes on behind one that is for later', { a: 'later' }, ['a', 'b', 'c'], 2],
  ['goes on behind one that fails', { b: new Error('broken') }, ['a', 'b', 'c'], 2],
  ['leaves the rest to another replica', { b: 'busy' }, ['a', 'b'], 1],
])('%s', async (_, outcomes, asked, count) => {
  repository.outcomes = outcomes;
  jest.useRealTimers();
  expect(await sums.round(new Date(0))).toBe(count);
  expect(repository.asked).toEqual(asked);
});
