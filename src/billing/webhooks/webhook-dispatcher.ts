import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { signWebhook } from './sign-webhook.js';
import type { ClaimedDelivery } from './webhook.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookSender } from './webhook-sender.js';

const POLL_MS = 1_000;
const PRUNE_MS = 3_600_000;
/** Most deliveries under way at once. */
const IN_FLIGHT_MAX = 32;
/** From so many of one webhook on, others go first: a receiver that hangs must leave room for them. */
const OF_ONE_MAX = 8;
/** Longer than one attempt can take. */
const LEASE_MS = 30_000;
const RETRY_MAX_MS = 3_600_000;

/** Wait after the given attempt, half to all of a step that doubles: receivers that come back are not met by all at once. */
export function retryDelayMs(attempts: number, firstMs: number, random: () => number = Math.random): number {
  const step = Math.min(RETRY_MAX_MS, firstMs * 2 ** Math.min(attempts - 1, 30));
  return Math.ceil(step * (0.5 + random() / 2));
}

/**
 * Sends what is in the outbox, on every replica: each delivery at least once, tried again with growing waits, given up
 * after a number of tries.
 */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly stop = new AbortController();
  /** With the webhook of each. */
  private readonly inFlight = new Map<Promise<void>, string>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private prunedAt = Number.NEGATIVE_INFINITY;
  private databaseAway = false;

  constructor(
    private readonly outbox: WebhookOutbox,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Calls that are cut are due again for another replica when their lease is over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    clearTimeout(this.timer);
    await this.round;
    await Promise.all(this.inFlight.keys());
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.round = this.poll().finally(() => {
        if (!this.stop.signal.aborted) {
          this.schedule();
        }
      });
    }, POLL_MS).unref();
  }

  private async poll(): Promise<void> {
    try {
      let claimed: ClaimedDelivery[];
      do {
        const free = Math.min(OF_ONE_MAX, IN_FLIGHT_MAX - this.inFlight.size);
        claimed = await this.outbox.claim(free, LEASE_MS, this.busyEndpoints());
        for (const delivery of claimed) {
          const sending = this.deliver(delivery).finally(() => this.inFlight.delete(sending));
          this.inFlight.set(sending, delivery.endpointId);
        }
      } while (claimed.length > 0 && this.inFlight.size < IN_FLIGHT_MAX);
      if (performance.now() - this.prunedAt > PRUNE_MS) {
        this.prunedAt = performance.now();
        await this.outbox.prune();
      }
      this.databaseAway = false;
    } catch (error) {
      if (!this.databaseAway) {
        this.logger.warn({ err: error }, 'The outbox of webhooks cannot be read; trying again.');
      }
      this.databaseAway = true;
    }
  }

  private busyEndpoints(): string[] {
    const underWay = Map.groupBy(this.inFlight.values(), (endpointId) => endpointId);
    return [...underWay.values()].flatMap((same) => (same.length < OF_ONE_MAX ? [] : same.slice(0, 1)));
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const outcome = await this.send(delivery);
    if (this.stop.signal.aborted && outcome.statusCode === null) {
      return;
    }
    try {
      if (outcome.statusCode !== null && outcome.statusCode >= 200 && outcome.statusCode < 300) {
        await this.outbox.markDelivered(delivery.id, outcome.statusCode);
        return;
      }
      const isLast = delivery.attempts >= this.config.webhookTriesMax;
      const retryMs = isLast ? null : retryDelayMs(delivery.attempts, this.config.webhookRetryMs);
      await this.outbox.markFailed(delivery, outcome, retryMs);
      if (isLast) {
        const { id: deliveryId, endpointId } = delivery;
        this.logger.error({ deliveryId, endpointId }, 'A webhook was given up; it is listed as dead.');
      }
    } catch (error) {
      this.logger.warn({ err: error, deliveryId: delivery.id }, 'What became of a webhook could not be written down.');
    }
  }

  private async send(delivery: ClaimedDelivery): Promise<{ statusCode: number | null; error: string | null }> {
    const { event, endpointId, secret, previousSecret } = delivery;
    try {
      const secrets = [secret, previousSecret].filter((sealed) => sealed !== null);
      const body = JSON.stringify({
        id: event.id,
        object: 'event',
        type: event.type,
        created_at: Math.floor(event.createdAt.getTime() / 1_000),
        data: event.data,
      });
      const headers = signWebhook(
        secrets.map((sealed) => this.secrets.open(endpointId, sealed)),
        { id: event.id, timestamp: Math.floor(Date.now() / 1_000), body },
      );
      const statusCode = await this.sender.post(delivery.url, body, headers, this.stop.signal);
      return { statusCode, error: null };
    } catch (error) {
      return { statusCode: null, error: toReason(error) };
    }
  }
}

/** Says what kind of failure it was; an address behind the name is not repeated. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown';
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
