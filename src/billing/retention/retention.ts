import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { RetentionRepository } from './retention.repository.js';

const ROUND_EVERY_MS = 3_600_000;
const MONTHS_AHEAD = 2;
const DELETE_MAX = 5_000;

/** Makes the partitions of the months to come, and forgets events that are no longer to be kept. Their sums stay. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Retention.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly repository: RetentionRepository,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.start(), ROUND_EVERY_MS).unref();
    this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One round. Replicas take turns; what one of them leaves undone waits for the next round. */
  async round(): Promise<void> {
    const added = await this.repository.addMonths(MONTHS_AHEAD);
    if (added > 0) this.logger.log(`Made ${added} partitions of usage_events for the months to come.`);
    const { usageRetentionMonths } = this.config;
    if (usageRetentionMonths !== undefined) {
      const dropped = await this.repository.dropMonths(usageRetentionMonths);
      if (dropped.length > 0) this.logger.log(`Dropped the usage events of ${dropped.join(', ')}.`);
      await this.inBatches(() => this.repository.deleteStray(DELETE_MAX));
    }
    for (const { tenantId, before } of await this.repository.listTenants()) {
      const deleted = await this.inBatches(() => this.repository.deleteEvents(tenantId, before, DELETE_MAX));
      if (deleted > 0)
        this.logger.log(`Deleted ${deleted} usage events of ${tenantId} from before ${before.toISOString()}.`);
    }
  }

  private start(): void {
    this.running = this.round().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The months of usage_events could not be kept up; trying again in an hour.');
    });
  }

  private async inBatches(deleteSome: () => Promise<number>): Promise<number> {
    let total = 0;
    let count: number;
    do {
      count = await deleteSome();
      total += count;
    } while (count === DELETE_MAX && !this.stopped);
    return total;
  }
}
