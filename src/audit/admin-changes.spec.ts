import type { Prisma } from '../database/generated/client.js';
import type { PrismaService } from '../database/prisma.service.js';
import type { Actor } from './actor.js';
import { AdminChanges } from './admin-changes.js';

type Rest = ConstructorParameters<typeof AdminChanges> extends [unknown, ...infer R] ? R : never;

it('lets no connection pass for dead for as long as a change may take', async () => {
  let patienceMs = 0;
  const prisma = {
    async patiently<T>(ms: number, work: () => Promise<T>): Promise<T> {
      patienceMs = ms;
      return work().finally(() => (patienceMs = 0));
    },
    $transaction: (work: (db: Prisma.TransactionClient) => Promise<unknown>) => work({} as Prisma.TransactionClient),
  };
  const changes = new AdminChanges(prisma as unknown as PrismaService, ...([{}, {}, {}] as unknown as Rest));
  const run = (timeoutMs: number) => changes.run({} as Actor, () => Promise.resolve(patienceMs), { timeoutMs });
  expect(await run(600_000)).toBe(600_000);
  expect(patienceMs).toBe(0);
});
