import { HealthIndicatorService } from '@nestjs/terminus';
import type { PrismaService } from '../database/prisma.service.js';
import { DatabaseHealth } from './database.health.js';

const { jest } = import.meta;

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

describe(DatabaseHealth.name, () => {
  it('is down when the database does not answer, and asks it once for many probes', async () => {
    const queries: string[] = [];
    const $queryRawUnsafe = (sql: string) => {
      queries.push(sql);
      return new Promise<never>(() => undefined);
    };
    const health = new DatabaseHealth({ $queryRawUnsafe } as unknown as PrismaService, new HealthIndicatorService());
    const outcomes = Array.from({ length: 20 }, () => health.check());
    while (queries.length === 0) await new Promise(setImmediate);
    jest.advanceTimersByTime(2_000);
    const down = { database: { status: 'down', message: 'The database does not answer in time.' } };
    expect(await Promise.all([...outcomes, health.check()])).toEqual(Array.from({ length: 21 }, () => down));
    expect(queries).toHaveLength(1);
  });
});
