import { Logger } from '@nestjs/common';
import type { PostgresUsageLedger } from '../metering/postgres-usage-ledger.js';
import { PriceBook } from '../pricing/price-book.js';
import { PAYER, TARGET } from '../../../test/support/usage-samples.js';
import { BudgetAdmission } from './budget-admission.js';
import type { BudgetBook } from './budget-book.js';
import type { BudgetRepository } from './budget.repository.js';

Logger.overrideLogger(false);

it('gives back what a database may have held whose answer was lost', async () => {
  const asked: string[] = [];
  const released: string[] = [];
  const repository = {
    admit: ({ id }: { id: string }) => {
      asked.push(id);
      return Promise.reject(new Error('Connection terminated unexpectedly'));
    },
    release: (_subject: unknown, id: string) => {
      released.push(id);
      return Promise.resolve();
    },
  };
  const admission = new BudgetAdmission(
    repository as unknown as BudgetRepository,
    { hasHard: () => true } as unknown as BudgetBook,
    new PriceBook(),
    { writerId: 'w', isDatabaseAway: false } as unknown as PostgresUsageLedger,
  );
  const call = admission.admit(PAYER, 'req_1', TARGET, () => ({ promptTokensMax: 10, outputTokensMax: 10 }));
  await expect(call).rejects.toMatchObject({ status: 503 });
  expect(asked).toHaveLength(1);
  expect(released).toEqual(asked);
});
