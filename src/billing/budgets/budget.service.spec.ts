import type { Actor } from '../../audit/actor.js';
import type { AdminChanges } from '../../audit/admin-changes.js';
import type { Budget, BudgetStatus } from './budget.js';
import type { BudgetBook } from './budget-book.js';
import type { BudgetRepository } from './budget.repository.js';
import { BudgetService } from './budget.service.js';

describe(BudgetService.name, () => {
  it('answers a repeated creation of which an earlier release has kept the id alone', async () => {
    const status = { id: 'bud_1' } as BudgetStatus;
    const service = new BudgetService(
      { findStatus: (id: string) => Promise.resolve(id === status.id ? status : null) } as BudgetRepository,
      { reload: () => Promise.resolve() } as BudgetBook,
      { run: () => Promise.resolve('bud_1') } as unknown as AdminChanges,
    );
    expect(await service.create({} as Omit<Budget, 'id'>, {} as Actor)).toBe(status);
  });
});
