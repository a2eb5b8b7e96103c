import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { QuotaBook } from './quota-book.js';
import { QuotaDemandRepository } from './quota-demand.repository.js';
import { SharedParts } from './shared-parts.js';
import type { Demand, Part } from './share-out.js';

const EXCHANGE_MS = 1_000;
/** A process that says nothing for so long is gone. */
const LEASE_MS = 5_000;

/** Who uses quotas in this process. */
export interface QuotaUser {
  /** What it wants of each quota since it was asked last. */
  takeDemands(): ReadonlyMap<string, Demand>;
  /** Its part of any quota, also of one that it has not wanted yet. */
  setParts(partOf: (quota: string) => Part): void;
}

/**
 * Divides quotas among all processes of the gateway, workers and replicas: every second each learns from the database what
 * the others want and hold, and tells the same of itself. While the database is away, the last parts are kept.
 */
@Injectable()
export class QuotaShares implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(QuotaShares.name);
  private readonly processId = randomUUID();
  private user: QuotaUser | undefined;
  private timer: NodeJS.Timeout | undefined;
  private exchanging: Promise<void> | undefined;
  private isLost = false;
  private isPresent = false;

  constructor(
    private readonly repository: QuotaDemandRepository,
    private readonly book: QuotaBook,
  ) {}

  join(user: QuotaUser): void {
    this.user = user;
  }

  /** The first request finds the part agreed on, not the whole that a process takes that knows of no other. */
  async onApplicationBootstrap(): Promise<void> {
    await this.book.reload();
    if (!this.book.isEmpty) await this.exchange();
    this.timer = setInterval(() => {
      if (!this.book.isEmpty || this.isPresent) void this.exchange();
    }, EXCHANGE_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.exchanging;
    // A process that cannot say that it leaves is missed a moment later.
    if (this.isPresent) await this.repository.leave(this.processId).catch(() => undefined);
  }

  /** One at a time; never throws. */
  exchange(): Promise<void> {
    this.exchanging ??= this.run().finally(() => {
      this.exchanging = undefined;
    });
    return this.exchanging;
  }

  private async run(): Promise<void> {
    const { user } = this;
    if (user === undefined) return;
    const demands = user.takeDemands();
    try {
      const parts = new SharedParts(demands, await this.repository.ofOthers(this.processId));
      this.isPresent = true;
      await this.repository.say(this.processId, parts.toDemands(), LEASE_MS);
      user.setParts((quota) => parts.of(quota));
      this.report(false);
    } catch (error) {
      this.report(true, error);
    }
  }

  private report(isLost: boolean, error?: unknown): void {
    if (isLost === this.isLost) return;
    this.isLost = isLost;
    if (isLost)
      this.logger.warn({ err: error }, 'The parts of account quotas could not be agreed on; the last ones are kept.');
    else this.logger.log('The parts of account quotas are agreed on again.');
  }
}
