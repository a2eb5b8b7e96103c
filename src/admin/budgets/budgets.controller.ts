import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { BudgetService } from '../../billing/budgets/budget.service.js';
import { Actor } from '../http/actor.decorator.js';
import {
  type BudgetChangesBody,
  budgetChangesSchema,
  type NewBudgetBody,
  newBudgetSchema,
  toBudget,
  toBudgetBody,
  toLimit,
} from './budget.schema.js';

@ApiTags('budgets')
@Controller('admin/v1/budgets')
export class BudgetsController {
  constructor(private readonly budgets: BudgetService) {}

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  async list(@Operator() operator: AdminPrincipal) {
    const budgets = await this.budgets.list(operator.tenantIds);
    return { object: 'list' as const, data: budgets.map(toBudgetBody), has_more: false };
  }

  @Post()
  @AdminRoute('admin')
  async create(@Body({ schema: newBudgetSchema }) body: NewBudgetBody, @Actor() actor: ActorType) {
    return toBudgetBody(await this.budgets.create(toBudget(body), actor));
  }

  @Patch(':budgetId')
  @AdminRoute('admin')
  async update(
    @Param('budgetId') budgetId: string,
    @Body({ schema: budgetChangesSchema }) body: BudgetChangesBody,
    @Actor() actor: ActorType,
  ) {
    return toBudgetBody(await this.budgets.setLimit(budgetId, toLimit(body.limit_usd), actor));
  }

  @Delete(':budgetId')
  @HttpCode(204)
  @AdminRoute('admin')
  async delete(@Param('budgetId') budgetId: string, @Actor() actor: ActorType): Promise<void> {
    await this.budgets.delete(budgetId, actor);
  }
}
