import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { appliesTo, type Budget, type BudgetSubject } from './budget.js';
import { BudgetRepository } from './budget.repository.js';

/** How long a replica may not know of a budget that another one has created. */
const RELOAD_MS = 5_000;

/** Which budgets there are, in memory: a request to which none applies asks nobody. */
@Injectable()
export class BudgetBook implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(BudgetBook.name);
  private timer: NodeJS.Timeout | undefined;
  private budgets: Budget[] = [];
  /** Hard budgets with a limit, by tenant; those of every tenant stand under the empty one. */
  private hard = new Map<string, Budget[]>();

  constructor(private readonly repository: BudgetRepository) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => void this.reload(), RELOAD_MS);
    this.timer.unref();
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

  /** A replica that cannot read the budgets keeps those that it has. */
  async reload(): Promise<void> {
    try {
      this.budgets = await this.repository.list();
      const limited = this.budgets.filter((budget) => budget.hard && budget.limitPicoUsd !== null);
      this.hard = Map.groupBy(limited, (budget) => budget.tenantId);
    } catch (error) {
      this.logger.warn({ err: error }, 'The budgets could not be read; those known before stay in force.');
    }
  }
}
