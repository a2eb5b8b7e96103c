import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { MonthService } from '../../billing/months/month.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import {
  lockedMonthListSchema,
  lockedMonthSchema,
  type MonthListQuery,
  monthListQuerySchema,
  toMonthBody,
} from './month.schema.js';
import { toListBody } from '../http/fields.js';
import { MonthPipe } from './month.pipe.js';

const MONTH = { name: 'month', schema: { type: 'string' as const, example: '2026-10' } };

@ApiTags('months')
@Controller('admin/v1/months')
export class MonthsController {
  constructor(private readonly months: MonthService) {}

  @Get()
  @AdminRoute('viewer')
  @Documented('List locked months, the latest first', 200, lockedMonthListSchema)
  async list(@Query({ schema: monthListQuerySchema }) query: MonthListQuery) {
    const { items, hasMore } = await this.months.list(query);
    return toListBody(items.map(toMonthBody), hasMore);
  }

  @Post(':month/lock')
  @HttpCode(200)
  @AdminRoute('admin')
  @Documented('Lock a month: what comes later stands in a later one', 200, lockedMonthSchema)
  @ApiParam(MONTH)
  async lock(@Param('month', MonthPipe) month: Date, @Actor() actor: ActorType) {
    return toMonthBody(await this.months.lock(month, actor));
  }

  @Delete(':month/lock')
  @HttpCode(204)
  @AdminRoute('owner')
  @Documented('Unlock a month', 204)
  @ApiParam(MONTH)
  async unlock(@Param('month', MonthPipe) month: Date, @Actor() actor: ActorType): Promise<void> {
    await this.months.unlock(month, actor);
  }
}
