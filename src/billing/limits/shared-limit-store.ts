import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LimitStore, type Claim, type Refused, type Taken } from './limit-store.js';
import { MemoryLimitStore } from './memory-limit-store.js';
import type { RedisLimitStore } from './redis-limit-store.js';

/**
 * Counts in Redis while it answers, and in this process while it does not: then every replica grants the whole limit by
 * itself, which is more than the limit and less than none.
 */
export class SharedLimitStore extends LimitStore implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SharedLimitStore.name);
  private readonly memory = new MemoryLimitStore();
  private isLost = false;
  private isClosing = false;

  constructor(private readonly redis: RedisLimitStore) {
    super();
  }

  override get place() {
    return this.redis.isReady ? ('redis' as const) : ('fallback' as const);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.redis.open((isReady, error) => this.report(isReady, error));
  }

  onApplicationShutdown(): void {
    this.isClosing = true;
    this.redis.close();
  }

  override async take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused> {
    if (this.redis.isReady) {
      try {
        return await this.redis.take(claims, leaseId);
      } catch (error) {
        this.report(false, error);
      }
    }
    return this.memory.take(claims, leaseId);
  }

  private report(isReady: boolean, error?: unknown): void {
    if (this.isClosing || this.isLost === !isReady) {
      return;
    }
    this.isLost = !isReady;
    if (isReady) {
      this.logger.log('Redis is back: rate limits are shared by all replicas again.');
    } else {
      this.logger.warn({ err: error }, 'Redis is away: this replica counts rate limits by itself.');
    }
  }
}
