import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { RerateService } from '../../billing/rerating/rerate.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { type RerateBody, rerateResultSchema, rerateSchema, toRerateBody, toRerateQuery } from './rerate.schema.js';

@ApiTags('prices')
@Controller('admin/v1/rerate')
export class RerateController {
  constructor(private readonly rerating: RerateService) {}

  @Post()
  @HttpCode(200)
  @AdminRoute('admin')
  @Documented('Rate calls again by the prices that are known now', 200, rerateResultSchema)
  async rerate(@Body({ schema: rerateSchema }) body: RerateBody, @Actor() actor: ActorType) {
    return toRerateBody(await this.rerating.rerate(toRerateQuery(body), body.dry_run, actor));
  }
}
