import type { PrismaService } from '../../database/prisma.service.js';
import type { RatedUsageEvent } from '../metering/usage-event.js';
import { BudgetRepository } from './budget.repository.js';

const { jest } = import.meta;

const SUBJECT = { tenantId: 'ten_1', keyId: 'key_1', model: 'm', tags: {} };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(BudgetRepository.name, () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('gives back what a database that was silent holds in the end', async () => {
    const answer = Promise.withResolvers<{ refused: string | null }[]>();
    const released: unknown[] = [];
    const prisma = {
      $queryRaw: () => answer.promise,
      $executeRaw: (_sql: TemplateStringsArray, ...values: unknown[]) =>
        Promise.resolve(released.push(...(values.at(-1) as string[]))),
    };
    const repository = new BudgetRepository(prisma as unknown as PrismaService);
    const admit = (id: string) =>
      repository.admit({ id, writerId: 'w', picoUsd: 1n, lostEvent: {} as RatedUsageEvent }, SUBJECT);
    const calls = Promise.allSettled([admit('a'), admit('b')]);
    await turn();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await calls).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    answer.resolve([{ refused: 'budget' }, { refused: null }]);
    for (let turns = 0; turns < 3; turns += 1) await turn();
    expect(released).toEqual(['b']);
  });
});
