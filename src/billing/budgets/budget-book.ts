import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ChangeFeed } from '../../auth/change-feed.js';
import { appliesTo, type Budget, type BudgetSubject } from './budget.js';
import { BudgetRepository } from './budget.repository.js';

/** While changes cannot be followed, the budgets are read as often as this. */
const UNFOLLOWED_MS = 500;

/** Which budgets there are, in memory: a request to which none applies asks nobody. */
@Injectable()
export class BudgetBook implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(BudgetBook.name);
  private timer: NodeJS.Timeout | undefined;
  private budgets: Budget[] = [];
  /** Hard budgets with a limit, by tenant; those of every tenant stand under the empty one. */
  private hard = new Map<string, Budget[]>();
  private reloading: Promise<void> = Promise.resolve();
  private pending: Promise<void> | undefined;

  constructor(
    private readonly repository: BudgetRepository,
    private readonly feed: ChangeFeed,
  ) {
    feed.listen((change) => {
      if (change === null || change.resourceType === 'budget') void this.reload();
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => {
      if (performance.now() - this.feed.knownUntilMs > UNFOLLOWED_MS) void this.reload();
    }, UNFOLLOWED_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  hasHard(subject: BudgetSubject): boolean {
    return [subject.tenantId, ''].some((tenantId) =>
      this.hard.get(tenantId)?.some((budget) => appliesTo(budget, subject)),
    );
  }

  nameOf(budgetId: string): string {
    return this.budgets.find((budget) => budget.id === budgetId)?.name ?? budgetId;
  }

  /** A replica that cannot read the budgets keeps those that it has. Resolves when a read that began later has ended. */
  reload(): Promise<void> {
    this.pending ??= this.reloading.then(() => {
      this.pending = undefined;
      this.reloading = this.read();
      return this.reloading;
    });
    return this.pending;
  }

  private async read(): Promise<void> {
    try {
      this.budgets = await this.repository.list();
      const limited = this.budgets.filter((budget) => budget.hard && budget.limitPicoUsd !== null);
      this.hard = Map.groupBy(limited, (budget) => budget.tenantId);
    } catch (error) {
      this.logger.warn({ err: error }, 'The budgets could not be read; those known before stay in force.');
    }
  }
}
