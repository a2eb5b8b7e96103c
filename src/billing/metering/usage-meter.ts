import { randomUUIDv7 } from 'node:crypto';
import type { KeyPrincipal } from '../../auth/principal.js';
import type {
  AttemptMeter,
  AttemptOutcome,
  AttemptResult,
  AttemptTarget,
  UpstreamAttempt,
} from '../../bedrock/upstream-attempt.js';
import type { Reservation } from '../budgets/admission.js';
import type { PriceBook } from '../pricing/price-book.js';
import { rate } from '../pricing/rate.js';
import { toPriceSubject } from '../pricing/to-price-subject.js';
import type { OpenUsageEvent } from './usage-event.js';
import type { UsageLedger } from './usage-ledger.js';
import { toUsageEvent } from './to-usage-event.js';

type Payer = Pick<KeyPrincipal, 'tenantId' | 'tenantName' | 'keyId' | 'keyName'>;

/** Meters one client request: every upstream attempt that is begun here has one durable ledger event in the end. */
export class UsageMeter implements AttemptMeter {
  private readonly attempts: MeteredAttempt[] = [];
  private readonly upstream = new AbortController();
  private clientGone = false;
  private reservation: Reservation | undefined;

  constructor(
    private readonly ledger: UsageLedger,
    private readonly prices: PriceBook,
    private readonly payer: Payer,
    private readonly requestId: string,
  ) {}

  /**
   * Aborts when the answer is not to be read on: give it to the upstream call. A client that leaves does not abort
   * it, because Bedrock bills the whole generation and says how much only at its end.
   */
  get signal(): AbortSignal {
    return this.upstream.signal;
  }

  /** What the attempts from here on cost is taken from this reservation, which ends with the request. */
  hold(reservation: Reservation): void {
    this.reservation = reservation;
  }

  begin({ serviceTier, ...target }: AttemptTarget): UpstreamAttempt {
    const attempt = new MeteredAttempt(
      this.ledger,
      this.prices,
      {
        tenantId: this.payer.tenantId,
        id: randomUUIDv7(),
        occurredAt: new Date().toISOString(),
        tenantName: this.payer.tenantName,
        keyId: this.payer.keyId,
        keyName: this.payer.keyName,
        requestId: this.requestId,
        attempt: this.attempts.length + 1,
        ...target,
        ...toPriceSubject(target.resolvedModel, serviceTier),
        reservationId: this.reservation?.id ?? null,
      },
      (outcome) => this.seenByClient(outcome),
    );
    this.attempts.push(attempt);
    return attempt;
  }

  /** From here on, an attempt that ends well, or that we abort, is `client_gone`. */
  clientLeft(): void {
    this.clientGone = true;
  }

  /** Ends the upstream calls of this request. */
  abort(): void {
    this.upstream.abort();
  }

  /**
   * Settles what is still open with this outcome and ends the reservation. Resolves when every attempt of the request
   * is durable.
   */
  async close(outcome: AttemptOutcome): Promise<void> {
    await Promise.all(this.attempts.map((attempt) => attempt.settle({ outcome })));
    await this.reservation?.release();
  }

  private seenByClient(outcome: AttemptOutcome): AttemptOutcome {
    const cutByUs = this.clientGone && this.upstream.signal.aborted;
    return cutByUs || (this.clientGone && outcome === 'success') ? 'client_gone' : outcome;
  }
}

class MeteredAttempt implements UpstreamAttempt {
  readonly recorded: Promise<void>;
  private readonly startedAt = performance.now();
  private settled: Promise<void> | undefined;

  constructor(
    private readonly ledger: UsageLedger,
    private readonly prices: PriceBook,
    private readonly event: OpenUsageEvent,
    private readonly seenByClient: (outcome: AttemptOutcome) => AttemptOutcome,
  ) {
    this.recorded = ledger.open(event);
    // Whoever sends the first byte awaits it; an attempt that fails earlier must not be an unhandled rejection.
    this.recorded.catch(() => undefined);
  }

  settle(result: AttemptResult): Promise<void> {
    this.settled ??= this.record(result);
    return this.settled;
  }

  private record(result: AttemptResult): Promise<void> {
    const event = toUsageEvent(
      this.event,
      { ...result, outcome: this.seenByClient(result.outcome) },
      { latencyMs: performance.now() - this.startedAt, settledAt: new Date() },
    );
    return this.ledger.settle({ ...event, ...rate(event, this.prices) });
  }
}
