import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { MonthService } from '../../billing/months/month.service.js';
import { Actor } from '../http/actor.decorator.js';
import { toMonthBody } from './month.schema.js';
import { MonthPipe } from './month.pipe.js';

@ApiTags('months')
@Controller('admin/v1/months')
export class MonthsController {
  constructor(private readonly months: MonthService) {}

  @Get()
  @AdminRoute('viewer')
  async list() {
    return { object: 'list' as const, data: (await this.months.list()).map(toMonthBody), has_more: false };
  }

  @Post(':month/lock')
  @HttpCode(200)
  @AdminRoute('admin')
  @ApiParam({ name: 'month', example: '2026-10' })
  async lock(@Param('month', MonthPipe) month: Date, @Actor() actor: ActorType) {
    return toMonthBody(await this.months.lock(month, actor));
  }

  @Delete(':month/lock')
  @HttpCode(204)
  @AdminRoute('owner')
  @ApiParam({ name: 'month', example: '2026-10' })
  async unlock(@Param('month', MonthPipe) month: Date, @Actor() actor: ActorType): Promise<void> {
    await this.months.unlock(month, actor);
  }
}
