import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Idempotency, idempotencyKeyReused } from '../../audit/idempotency.js';
import type { KeyPrincipal } from '../../auth/principal.js';
import { SealedValues } from '../../auth/secrets/sealed-values.js';
import { GatewayError, unavailable } from '../../common/errors/gateway-error.js';
import { inTime } from '../../common/in-time.js';
import { AppConfig } from '../../config/app-config.js';
import { PostgresUsageLedger } from '../metering/postgres-usage-ledger.js';
import { IdempotentResponseRepository, type KeptResponse } from './idempotent-response.repository.js';
import type { KeptOutcome } from './kept-outcome.js';

const EXPIRE_EVERY_MS = 600_000;
const RETRY_MS = 1_000;
const RETRY_AFTER_SECONDS = 1;
/** A database that does not answer for so long counts as away. */
const TIMEOUT_MS = 3_000;

/** A request that is answered for the first time. Call one of its methods when it has ended. */
export interface Claim {
  /** Resolves when the outcome is stored or, while the database is away, is being stored later. */
  keep(outcome: KeptOutcome): Promise<void>;
  /** Forgets the request, so that it can be tried again. */
  release(): Promise<void>;
}

/** The outcomes of requests with an `Idempotency-Key`, for a day, encrypted with a key that is not in the database. */
@Injectable()
export class IdempotentResponses implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IdempotentResponses.name);
  private readonly sealed: SealedValues;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly repository: IdempotentResponseRepository,
    private readonly ledger: PostgresUsageLedger,
    private readonly config: AppConfig,
  ) {
    this.sealed = new SealedValues(config.apiKeyPepper, 'idempotent-response');
  }

  onApplicationBootstrap(): void {
    if (this.config.idempotentReplays) {
      this.timer = setInterval(() => void this.expire(), EXPIRE_EVERY_MS);
      this.timer.unref();
    }
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  get isEnabled(): boolean {
    return this.config.idempotentReplays;
  }

  get bytesMax(): number {
    return this.config.idempotentReplayMaxKb * 1024;
  }

  /**
   * Claims the key for this request, or answers the outcome of the first one. Throws 422 when the key came with another
   * request, 409 while the first one is being answered, 503 while the database is away.
   */
  async claim(
    { tenantId, keyId }: Pick<KeyPrincipal, 'tenantId' | 'keyId'>,
    { key, fingerprint }: Idempotency,
  ): Promise<Claim | { outcome: KeptOutcome }> {
    const id = randomUUID();
    const place = { keyId, key };
    const release = () => this.persist(() => this.repository.release(tenantId, place, id));
    const claiming = this.repository.claim(tenantId, place, { id, writerId: this.ledger.writerId, fingerprint });
    const kept = await inTime(claiming, TIMEOUT_MS, 'The database').catch((error: unknown) => {
      // It may be claimed all the same: only the answer may be lost or late.
      void claiming.catch(() => undefined).then(release);
      throw unavailable('The Idempotency-Key cannot be checked at the moment.', RETRY_AFTER_SECONDS, error);
    });
    if (kept !== null) return { outcome: this.toOutcome(kept, fingerprint) };
    return {
      keep: (outcome) => {
        const answer = this.sealed.seal(outcome, fingerprint);
        return this.persist(() => this.repository.keep(tenantId, place, id, answer));
      },
      release,
    };
  }

  private toOutcome(kept: KeptResponse, fingerprint: Uint8Array): KeptOutcome {
    if (Buffer.compare(kept.fingerprint, fingerprint) !== 0) throw idempotencyKeyReused();
    if (kept.answer === null) {
      throw new GatewayError('The first request with this Idempotency-Key is still being answered.', {
        status: 409,
        type: 'invalid_request_error',
        code: 'idempotency_key_in_use',
        param: 'idempotency-key',
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    return this.sealed.open(kept.answer, fingerprint) as KeptOutcome;
  }

  /** The first try is awaited. The answer itself never waits for a database that is away. */
  private async persist(write: () => Promise<void>): Promise<void> {
    if (!(await this.tryOnce(write))) void this.persistLater(write);
  }

  private async persistLater(write: () => Promise<void>): Promise<void> {
    do {
      await delay(RETRY_MS, undefined, { ref: false });
    } while (!this.stopped && !(await this.tryOnce(write)));
  }

  private async tryOnce(write: () => Promise<void>): Promise<boolean> {
    try {
      await inTime(write(), TIMEOUT_MS, 'The database');
      return true;
    } catch (error) {
      this.logger.warn({ err: error }, 'The outcome for an Idempotency-Key could not be stored; trying again.');
      return false;
    }
  }

  private async expire(): Promise<void> {
    await this.repository.expire().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Answers kept for Idempotency-Key could not be expired.');
    });
  }
}
