import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type UserUnit, UserSumsRepository } from './user-sums.repository.js';

const ROUND_EVERY_MS = 600_000;
/** A round looks at what is recent; now and then, and at first, one looks for what came late to times long past. */
const ROUNDS_PER_WHOLE = 144;
const RECENT_MS = 40 * 86_400_000;
/** With fewer attempts a report reads the events as fast. */
const ATTEMPTS_MIN = 500;

/** Sums usage by end user, day and month after month, once they are over. Reports are as true without these sums, only slower. */
@Injectable()
export class UserSums implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(UserSums.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private readonly stopping = new AbortController();
  private rounds = 0;

  constructor(private readonly repository: UserSumsRepository) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    // A database that is away ends by itself what it does, and must not keep the others from ending.
    await this.repository.cancel().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'What is summed by end user could not be ended.');
    });
    await this.running;
  }

  /**
   * One round, over what began since then. Answers how many days and months it has summed; what one round leaves waits for
   * the next. It rests as long as it works: the first round on a ledger of years takes long, and others want the database,
   * too.
   */
  async round(since: Date): Promise<number> {
    const { signal } = this.stopping;
    await this.repository.begin(ATTEMPTS_MIN, since);
    let summed = 0;
    for (const unit of await this.repository.list()) {
      if (signal.aborted) break;
      const startedAt = performance.now();
      const outcome = await this.sum(unit);
      if (outcome === 'busy') break;
      if (outcome !== 'summed') continue;
      summed += 1;
      await sleep(performance.now() - startedAt, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return summed;
  }

  /** One that fails, as a day that takes too long, keeps no other from being summed. */
  private async sum(unit: UserUnit): Promise<'summed' | 'later' | 'busy' | 'failed'> {
    try {
      return await this.repository.sum(unit);
    } catch (error) {
      if (!this.stopping.signal.aborted) {
        const { tenantId, unit: name, startsAt } = unit;
        this.logger.warn(
          { err: error },
          `A ${name} of ${tenantId} could not be summed by end user: ${startsAt.toISOString()}.`,
        );
      }
      return 'failed';
    }
  }

  private start(): void {
    const isWhole = this.rounds % ROUNDS_PER_WHOLE === 0;
    this.rounds += 1;
    this.running = this.round(new Date(isWhole ? 0 : Date.now() - RECENT_MS))
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'Usage could not be summed by end user; trying again in ten minutes.');
      })
      .finally(() => {
        if (!this.stopping.signal.aborted) this.timer = setTimeout(() => this.start(), ROUND_EVERY_MS).unref();
      });
  }
}
