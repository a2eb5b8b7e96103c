import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { rateLimitNotFound, RateLimitService } from '../../billing/limits/rate-limit.service.js';
import { AliasRules } from '../../models/aliases/alias-rules.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type LimitChangesBody,
  limitChangesSchema,
  type LimitListQuery,
  limitListQuerySchema,
  limitListSchema,
  limitSchema,
  type NewLimitBody,
  newLimitSchema,
  toLimitBody,
  toLimitRule,
} from './limit.schema.js';

const LIMIT_ID = new IdPipe(rateLimitNotFound);

@ApiTags('rate limits')
@Controller('admin/v1/limits')
@UseInterceptors(EtagInterceptor)
export class LimitsController {
  constructor(
    private readonly limits: RateLimitService,
    private readonly aliases: AliasRules,
  ) {}

  @Post()
  @AdminRoute('admin')
  @Documented('Limit requests, tokens or concurrent requests of a tenant, key or model', 201, limitSchema)
  async create(@Body({ schema: newLimitSchema }) body: NewLimitBody, @Actor() actor: ActorType) {
    if (body.model !== undefined) await this.aliases.requireNoAlias(body.model, 'model');
    return toLimitBody(await this.limits.create(toLimitRule(body), actor));
  }

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List rate limits', 200, limitListSchema)
  async list(@Query({ schema: limitListQuerySchema }) query: LimitListQuery, @Operator() operator: AdminPrincipal) {
    const { after, limit, tenant_id: tenantId } = query;
    const { items, hasMore } = await this.limits.list(operator.tenantIds, { after, limit, tenantId });
    return toListBody(items.map(toLimitBody), hasMore);
  }

  @Get(':limitId')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('Read a rate limit', 200, limitSchema)
  async get(@Param('limitId', LIMIT_ID) limitId: string, @Operator() operator: AdminPrincipal) {
    return toLimitBody(await this.limits.get(operator.tenantIds, limitId));
  }

  @Patch(':limitId')
  @AdminRoute('admin')
  @Documented('Change a rate limit; what was counted stays counted', 200, limitSchema)
  async update(
    @Param('limitId', LIMIT_ID) limitId: string,
    @Body({ schema: limitChangesSchema }) body: LimitChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toLimitBody(await this.limits.setAmount(limitId, body.limit, version, actor));
  }

  @Delete(':limitId')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Take a rate limit away', 204)
  async delete(
    @Param('limitId', LIMIT_ID) limitId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.limits.delete(limitId, version, actor);
  }
}
