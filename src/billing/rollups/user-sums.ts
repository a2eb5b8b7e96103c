import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { UserSumsRepository } from './user-sums.repository.js';

const ROUND_EVERY_MS = 600_000;
/** With fewer attempts a report reads the events as fast. */
const ATTEMPTS_MIN = 500;

/** Sums usage by end user, day and month after month, once they are over. Reports are as true without these sums, only slower. */
@Injectable()
export class UserSums implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(UserSums.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(private readonly repository: UserSumsRepository) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.start(), ROUND_EVERY_MS).unref();
    this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One round. Answers how many days and months it has summed; what one round leaves waits for the next. */
  async round(): Promise<number> {
    await this.repository.begin(ATTEMPTS_MIN);
    let summed = 0;
    for (const unit of await this.repository.list()) {
      if (this.stopped) break;
      if (await this.repository.sum(unit)) summed += 1;
    }
    return summed;
  }

  private start(): void {
    this.running = this.running
      .then(() => this.round())
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'Usage could not be summed by end user; trying again in ten minutes.');
      });
  }
}
