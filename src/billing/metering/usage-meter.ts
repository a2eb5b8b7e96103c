import { randomUUIDv7 } from 'node:crypto';
import type {
  AttemptMeter,
  AttemptOutcome,
  AttemptResult,
  AttemptTarget,
  SpendBound,
  UpstreamAttempt,
} from '../../bedrock/upstream-attempt.js';
import type { Admission, Payer, Reservation } from '../budgets/admission.js';
import type { Owner } from '../../common/overload/fair-queue.js';
import { permissionDenied } from '../../common/errors/gateway-error.js';
import type { RequestLimits } from '../limits/request-limits.js';
import { TokenHold } from '../limits/token-hold.js';
import { toExpectedTokens, toUsedTokens } from '../limits/to-tokens.js';
import type { PriceBook } from '../pricing/price-book.js';
import { rate } from '../pricing/rate.js';
import { toPriceSubject } from '../pricing/to-price-subject.js';
import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';
import type { UsageLedger } from './usage-ledger.js';
import { toKeptTarget } from './to-kept-target.js';
import { toUsageEvent } from './to-usage-event.js';

/** What the calls of a request came to so far. */
export interface MeterSummary {
  /** Base models that were asked for. */
  models: string[];
  attempts: number;
  /** Of all classes and attempts together, as limits count them; undefined when nothing is known of any. */
  tokens: number | undefined;
}

/** Meters one client request: every upstream attempt that is begun here has one durable ledger event in the end. */
export class UsageMeter implements AttemptMeter {
  /** Base models that were asked for so far, as prices and budgets know them. */
  readonly models = new Set<string>();
  readonly owner: Owner;
  private readonly attempts: MeteredAttempt[] = [];
  private readonly upstream = new AbortController();
  private clientGone = false;
  private closed = false;
  private readonly reservations: Reservation[] = [];

  constructor(
    private readonly ledger: UsageLedger,
    private readonly prices: PriceBook,
    private readonly admission: Admission,
    private readonly limits: RequestLimits,
    private readonly payer: Payer,
    private readonly requestId: string,
    weight = 1,
  ) {
    this.owner = { id: payer.tenantId, weight };
  }

  /**
   * Aborts when the answer is not to be read on: give it to the upstream call. A client that leaves does not abort
   * it, because Bedrock bills the whole generation and says how much only at its end.
   */
  get signal(): AbortSignal {
    return this.upstream.signal;
  }

  get summary(): MeterSummary {
    const used = this.attempts.map(({ usedTokens }) => usedTokens).filter((tokens) => tokens !== null);
    const tokens = used.length === 0 ? undefined : used.reduce((sum, count) => sum + count, 0);
    return { models: [...this.models], attempts: this.attempts.length, tokens };
  }

  async admit(target: AttemptTarget, bound: () => SpendBound): Promise<AttemptMeter> {
    const { model } = toPriceSubject(target);
    this.models.add(model);
    const hold = await this.limits.admit(model, () => toExpectedTokens(bound()));
    const reservation = await this.admission.admit(this.payer, this.requestId, target, bound);
    if (this.closed) {
      await Promise.all([reservation.release(), hold.close()]);
      throw new Error('A call was admitted after its request had ended.');
    }
    this.reservations.push(reservation);
    let isUsed = false;
    return {
      owner: this.owner,
      signal: this.signal,
      begin: (begun) => {
        if (isUsed) {
          throw new Error('An admission is for one attempt.');
        }
        isUsed = true;
        return this.start(begun, reservation, hold);
      },
      admit: (other, otherBound) => this.admit(other, otherBound),
    };
  }

  begin(target: AttemptTarget): UpstreamAttempt {
    if (this.admission.isRequired(this.payer, target)) {
      throw permissionDenied('This key has a budget, and the cost of this call cannot be reserved.', 'budget_required');
    }
    return this.start(target, null, TokenHold.NONE);
  }

  /** From here on, an attempt that ends well, or that we abort, is `client_gone`. */
  clientLeft(): void {
    this.clientGone = true;
    void this.limits.release();
  }

  /** Ends the upstream calls of this request. */
  abort(): void {
    this.upstream.abort();
  }

  /**
   * Settles what is still open with this outcome and ends the reservations and limits. Resolves when every attempt of
   * the request is durable.
   */
  async close(outcome: AttemptOutcome): Promise<void> {
    this.closed = true;
    const settled = Promise.all(this.attempts.map((attempt) => attempt.settle({ outcome })));
    await Promise.all([settled, this.limits.close()]);
    await Promise.all(this.reservations.map((reservation) => reservation.release()));
  }

  private start(target: AttemptTarget, reservation: Reservation | null, hold: TokenHold): UpstreamAttempt {
    if (this.closed) {
      throw new Error('A call was begun after its request had ended.');
    }
    const attempt = new MeteredAttempt(
      this.ledger,
      this.prices,
      {
        ...this.payer,
        id: randomUUIDv7(),
        occurredAt: new Date().toISOString(),
        requestId: this.requestId,
        attempt: this.attempts.length + 1,
        ...toKeptTarget(target),
        ...toPriceSubject(target),
        reservationId: reservation?.id ?? null,
      },
      target,
      reservation,
      hold,
      (outcome) => this.seenByClient(outcome),
    );
    // Only now: an attempt that the ledger refused is not made, and what is held for it is given back.
    hold.begin();
    this.attempts.push(attempt);
    return attempt;
  }

  private seenByClient(outcome: AttemptOutcome): AttemptOutcome {
    const cutByUs = this.clientGone && this.upstream.signal.aborted;
    return cutByUs || (this.clientGone && outcome === 'success') ? 'client_gone' : outcome;
  }
}

/** An attempt that the ledger has accepted. The constructor throws what `UsageLedger.open` throws. */
class MeteredAttempt implements UpstreamAttempt {
  private readonly recorded: Promise<void>;
  private isRecorded = false;
  private readonly startedAt = performance.now();
  private settled: Promise<void> | undefined;
  /** Null until it is settled, and after that where nobody knows. */
  usedTokens: number | null = null;

  constructor(
    private readonly ledger: UsageLedger,
    private readonly prices: PriceBook,
    private readonly event: OpenUsageEvent,
    target: AttemptTarget,
    private readonly reservation: Reservation | null,
    private readonly hold: TokenHold,
    private readonly seenByClient: (outcome: AttemptOutcome) => AttemptOutcome,
  ) {
    this.recorded = ledger.open(event, target).durable;
    this.recorded.then(
      () => (this.isRecorded = true),
      // Whoever sends the first byte awaits it; an attempt that fails earlier must not be an unhandled rejection.
      () => undefined,
    );
  }

  durable(): Promise<void> {
    if (!this.isRecorded) this.ledger.hurry();
    return this.recorded;
  }

  settle(result: AttemptResult): Promise<void> {
    this.settled ??= this.record(result);
    return this.settled;
  }

  private async record(result: AttemptResult): Promise<void> {
    this.usedTokens = toUsedTokens(result);
    this.hold.settle(this.usedTokens);
    await this.ledger.settle(this.toRatedEvent(result), result);
    if (result.outcome === 'error') {
      // What a failed attempt did not use is there for the next one.
      await this.reservation?.release();
    }
  }

  private toRatedEvent(result: AttemptResult): RatedUsageEvent {
    const event = toUsageEvent(
      this.event,
      { ...result, outcome: this.seenByClient(result.outcome) },
      { latencyMs: performance.now() - this.startedAt, settledAt: new Date() },
    );
    const rating = rate(event, this.prices);
    if (rating.unpriced && event.reservationId !== null) {
      // What is not known is never given back: the call may have cost all that was reserved for it.
      const costPicoUsd = (this.reservation?.picoUsd ?? 0n).toString();
      return { ...event, ...rating, costPicoUsd, unpriced: false, estimated: true };
    }
    return { ...event, ...rating };
  }
}
