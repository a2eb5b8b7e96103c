import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { budgetNotFound, BudgetService, increaseNotFound } from '../../billing/budgets/budget.service.js';
import { AliasRules } from '../../models/aliases/alias-rules.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { type PageQuery, pageQuerySchema, toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type BudgetChangesBody,
  budgetChangesSchema,
  budgetListSchema,
  budgetSchema,
  increaseListSchema,
  increaseSchema,
  type NewBudgetBody,
  newBudgetSchema,
  type NewIncreaseBody,
  newIncreaseSchema,
  toBudget,
  toBudgetBody,
  toBudgetChanges,
  toIncrease,
  toIncreaseBody,
} from './budget.schema.js';

const BUDGET_ID = new IdPipe(budgetNotFound);
const INCREASE_ID = new IdPipe(increaseNotFound);

@ApiTags('budgets')
@Controller('admin/v1/budgets')
@UseInterceptors(EtagInterceptor)
export class BudgetsController {
  constructor(
    private readonly budgets: BudgetService,
    private readonly aliases: AliasRules,
  ) {}

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List budgets with what their current windows hold', 200, budgetListSchema)
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery, @Operator() operator: AdminPrincipal) {
    const { items, hasMore } = await this.budgets.list(operator.tenantIds, query);
    return toListBody(items.map(toBudgetBody), hasMore);
  }

  @Post()
  @AdminRoute('admin')
  @Documented('Create a budget', 201, budgetSchema)
  async create(@Body({ schema: newBudgetSchema }) body: NewBudgetBody, @Actor() actor: ActorType) {
    if (body.model !== undefined) await this.aliases.requireNoAlias(body.model, 'model');
    return toBudgetBody(await this.budgets.create(toBudget(body), actor));
  }

  @Get(':budgetId')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('Read a budget', 200, budgetSchema)
  async get(@Param('budgetId', BUDGET_ID) budgetId: string, @Operator() operator: AdminPrincipal) {
    return toBudgetBody(await this.budgets.get(operator.tenantIds, budgetId));
  }

  @Patch(':budgetId')
  @AdminRoute('admin')
  @Documented('Change a budget', 200, budgetSchema)
  async update(
    @Param('budgetId', BUDGET_ID) budgetId: string,
    @Body({ schema: budgetChangesSchema }) body: BudgetChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toBudgetBody(await this.budgets.update(budgetId, toBudgetChanges(body), version, actor));
  }

  @Delete(':budgetId')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Delete a budget', 204)
  async delete(
    @Param('budgetId', BUDGET_ID) budgetId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.budgets.delete(budgetId, version, actor);
  }

  @Get(':budgetId/increases')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List the temporary increases of a budget, the latest first', 200, increaseListSchema)
  async listIncreases(
    @Param('budgetId', BUDGET_ID) budgetId: string,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
    @Operator() operator: AdminPrincipal,
  ) {
    const { items, hasMore } = await this.budgets.listIncreases(operator.tenantIds, budgetId, query);
    return toListBody(items.map(toIncreaseBody), hasMore);
  }

  @Post(':budgetId/increases')
  @AdminRoute('admin')
  @Documented('Raise the limit of a budget until a moment', 201, increaseSchema)
  async increase(
    @Param('budgetId', BUDGET_ID) budgetId: string,
    @Body({ schema: newIncreaseSchema }) body: NewIncreaseBody,
    @Actor() actor: ActorType,
  ) {
    return toIncreaseBody(await this.budgets.increase(budgetId, toIncrease(body), actor));
  }

  @Delete(':budgetId/increases/:increaseId')
  @HttpCode(200)
  @AdminRoute('admin')
  @Documented('End an increase before its time', 200, increaseSchema)
  async cancelIncrease(
    @Param('budgetId', BUDGET_ID) budgetId: string,
    @Param('increaseId', INCREASE_ID) increaseId: string,
    @Actor() actor: ActorType,
  ) {
    return toIncreaseBody(await this.budgets.cancelIncrease(budgetId, increaseId, actor));
  }
}
