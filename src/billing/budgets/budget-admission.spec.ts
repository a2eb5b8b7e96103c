import { Logger } from '@nestjs/common';
import { Metrics } from '../../metrics/metrics.js';
import type { PostgresUsageLedger } from '../metering/postgres-usage-ledger.js';
import { PriceBook } from '../pricing/price-book.js';
import { PAYER, TARGET } from '../../../test/support/usage-samples.js';
import { BudgetAdmission } from './budget-admission.js';
import type { BudgetBook } from './budget-book.js';
import type { BudgetRepository } from './budget.repository.js';

Logger.overrideLogger(false);

/** With a budget that always applies. */
function setUp(repository: object, metrics = new Metrics()): BudgetAdmission {
  return new BudgetAdmission(
    repository as BudgetRepository,
    { hasHard: () => true, nameOf: () => 'monthly' } as unknown as BudgetBook,
    new PriceBook(),
    { writerId: 'w', isDatabaseAway: false } as unknown as PostgresUsageLedger,
    metrics,
  );
}

const bound = () => ({ promptTokensMax: 10, outputTokensMax: 10 });

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
  const call = setUp(repository).admit(PAYER, 'req_1', TARGET, bound);
  await expect(call).rejects.toMatchObject({ status: 503 });
  expect(asked).toHaveLength(1);
  expect(released).toEqual(asked);
});

it('counts what a budget refuses', async () => {
  const metrics = new Metrics();
  const admission = setUp({ admit: () => Promise.resolve('budget_1') }, metrics);
  await expect(admission.admit(PAYER, 'req_1', TARGET, bound)).rejects.toMatchObject({ code: 'insufficient_quota' });
  expect(await metrics.render()).toContain('gateway_budget_refusals_total 1\n');
});

it('keeps nothing for a call that is lost of what is for traces alone', async () => {
  const kept: unknown[] = [];
  const admission = setUp({
    admit: (reservation: unknown) => {
      kept.push(reservation);
      return Promise.resolve(null);
    },
  });
  await admission.admit(PAYER, 'req_1', { ...TARGET, inference: { topP: 0.77 }, answerId: 'chatcmpl-1' }, bound);
  expect(kept).toMatchObject([{ lostEvent: { resolvedModel: TARGET.resolvedModel } }]);
  expect(JSON.stringify(kept, (_, value: unknown) => (typeof value === 'bigint' ? '' : value))).not.toMatch(
    /0\.77|chatcmpl/,
  );
});
