import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { AttemptTarget, SpendBound } from '../../bedrock/upstream-attempt.js';
import { GatewayError, invalidRequest, permissionDenied, unavailable } from '../../common/errors/gateway-error.js';
import { Metrics } from '../../metrics/metrics.js';
import { PostgresUsageLedger } from '../metering/postgres-usage-ledger.js';
import { toKeptTarget } from '../metering/to-kept-target.js';
import { toUsageEvent } from '../metering/to-usage-event.js';
import { PriceBook } from '../pricing/price-book.js';
import { toPriceSubject } from '../pricing/to-price-subject.js';
import { Admission, type Payer, type Reservation } from './admission.js';
import type { BudgetSubject } from './budget.js';
import { BudgetBook } from './budget-book.js';
import { BudgetRepository } from './budget.repository.js';
import { toUpperBound } from './to-upper-bound.js';

const RETRY_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;
const UNRESERVED: Reservation = { id: null, picoUsd: 0n, release: () => Promise.resolve() };

/** Hard budgets in PostgreSQL, which alone decides: one statement holds the amount in all that apply or in none. */
@Injectable()
export class BudgetAdmission extends Admission {
  private readonly logger = new Logger(BudgetAdmission.name);
  private readonly refusals;

  constructor(
    private readonly repository: BudgetRepository,
    private readonly budgets: BudgetBook,
    private readonly prices: PriceBook,
    private readonly ledger: PostgresUsageLedger,
    metrics: Metrics,
  ) {
    super();
    this.refusals = metrics.counter({
      name: 'gateway_budget_refusals_total',
      help: 'Calls that a hard budget refused.',
    });
  }

  override isRequired({ tenantId, keyId, tags }: Payer, target: AttemptTarget): boolean {
    return this.budgets.hasHard({ tenantId, keyId, tags, model: toPriceSubject(target).model });
  }

  override async admit(
    payer: Payer,
    requestId: string,
    target: AttemptTarget,
    bound: () => SpendBound,
  ): Promise<Reservation> {
    const price = toPriceSubject(target);
    const { tenantId, keyId, tags } = payer;
    const subject = { tenantId, keyId, tags, model: price.model };
    if (!this.budgets.hasHard(subject)) {
      return UNRESERVED;
    }
    const id = randomUUIDv7();
    const at = new Date();
    const kept = toKeptTarget(target);
    const picoUsd = this.upperBound({ ...kept, ...price, tenantId, at }, bound());
    const open = { ...payer, ...kept, ...price, requestId, reservationId: id, id };
    const lost = toUsageEvent(
      { ...open, occurredAt: at.toISOString(), attempt: 1 },
      { outcome: 'error' },
      { latencyMs: 0, settledAt: at },
    );
    const lostEvent = {
      ...lost,
      outcome: 'lost' as const,
      estimated: true,
      latencyMs: null,
      priceInput: null,
      priceOutput: null,
      priceCacheRead: null,
      priceCacheWrite5m: null,
      priceCacheWrite1h: null,
      costPicoUsd: picoUsd.toString(),
      unpriced: false,
    };
    const { writerId } = this.ledger;
    const refusedBy = await this.repository
      .admit({ id, writerId, picoUsd, lostEvent }, subject)
      .catch((error: unknown) => {
        // It may hold all the same: what is lost with a connection can be the answer alone. A database that is away for
        // longer has most likely not heard of it, so that is tried once.
        void this.tryRelease(subject, id);
        throw unavailable('The budget of this key cannot be checked at the moment.', RETRY_AFTER_SECONDS, error);
      });
    if (refusedBy !== null) {
      this.refusals.inc();
      throw insufficientQuota(this.budgets.nameOf(refusedBy));
    }
    return this.reservation(subject, id, picoUsd);
  }

  private upperBound(question: Parameters<PriceBook['listSteps']>[0], bound: SpendBound): bigint {
    const { promptTokensMax, outputTokensMax, units } = bound;
    if (outputTokensMax === null) {
      throw invalidRequest('max_completion_tokens', 'This key has a budget, so a request needs an output limit.');
    }
    if (promptTokensMax === null) {
      throw invalidRequest(
        'messages',
        'This key has a budget, and nothing bounds what these files or built-in tools cost on this model.',
      );
    }
    const steps = this.prices.listSteps(question);
    const unitPrice = units ? this.prices.findUnit(question, units.kind) : 0n;
    if (unitPrice === null || (steps.length === 0 && promptTokensMax + outputTokensMax > 0)) {
      throw permissionDenied(
        `The model '${question.model}' has no known price, and this key has a budget.`,
        'model_without_price',
      );
    }
    const tokens = toUpperBound(
      steps.map((step) => step.unit),
      { promptTokensMax, outputTokensMax },
    );
    return tokens + unitPrice * BigInt(units?.count ?? 0);
  }

  private reservation(subject: BudgetSubject, id: string, picoUsd: bigint): Reservation {
    let released: Promise<void> | undefined;
    return { id, picoUsd, release: () => (released ??= this.release(subject, id)) };
  }

  /** The first try is awaited. Later ones wait until the ledger has replayed: its events come out of this amount. */
  private async release(subject: BudgetSubject, id: string): Promise<void> {
    if (!(await this.tryRelease(subject, id))) {
      void this.releaseLater(subject, id);
    }
  }

  private async releaseLater(subject: BudgetSubject, id: string): Promise<void> {
    do {
      await delay(RETRY_MS, undefined, { ref: false });
    } while (!(await this.tryRelease(subject, id)));
  }

  private async tryRelease(subject: BudgetSubject, id: string): Promise<boolean> {
    if (this.ledger.isDatabaseAway) {
      return false;
    }
    try {
      await this.repository.release(subject, id);
      return true;
    } catch (error) {
      this.logger.warn({ err: error, reservationId: id }, 'A reservation could not be released; trying again.');
      return false;
    }
  }
}

function insufficientQuota(budgetName: string): GatewayError {
  return new GatewayError(`The budget '${budgetName}' has not enough left for this request.`, {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    headers: { 'x-should-retry': 'false' },
  });
}
