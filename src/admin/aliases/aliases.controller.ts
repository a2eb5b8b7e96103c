import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { aliasNotFound, ModelAliasService } from '../../models/aliases/model-alias.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type AliasChangesBody,
  aliasChangesSchema,
  type AliasListQuery,
  aliasListQuerySchema,
  aliasListSchema,
  aliasSchema,
  type NewAliasBody,
  newAliasSchema,
  toAliasBody,
  toAliasChanges,
  toNewAlias,
} from './alias.schema.js';

const ALIAS_ID = new IdPipe(aliasNotFound);

@ApiTags('model aliases')
@Controller('admin/v1/aliases')
@UseInterceptors(EtagInterceptor)
export class AliasesController {
  constructor(private readonly aliases: ModelAliasService) {}

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List model aliases by name', 200, aliasListSchema)
  async list(@Query({ schema: aliasListQuerySchema }) query: AliasListQuery, @Operator() operator: AdminPrincipal) {
    const { tenant_id: tenantId, ...request } = query;
    const { items, hasMore } = await this.aliases.list(operator.tenantIds, { ...request, tenantId });
    return toListBody(items.map(toAliasBody), hasMore);
  }

  @Post()
  @AdminRoute('admin')
  @Documented('Create a model alias', 201, aliasSchema)
  async create(@Body({ schema: newAliasSchema }) body: NewAliasBody, @Actor() actor: ActorType) {
    return toAliasBody(await this.aliases.create(toNewAlias(body), actor));
  }

  @Get(':aliasId')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('Read a model alias', 200, aliasSchema)
  async get(@Param('aliasId', ALIAS_ID) aliasId: string, @Operator() operator: AdminPrincipal) {
    return toAliasBody(await this.aliases.get(operator.tenantIds, aliasId));
  }

  @Patch(':aliasId')
  @AdminRoute('admin')
  @Documented('Change what a model alias leads to', 200, aliasSchema)
  async update(
    @Param('aliasId', ALIAS_ID) aliasId: string,
    @Body({ schema: aliasChangesSchema }) body: AliasChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toAliasBody(await this.aliases.update(aliasId, toAliasChanges(body), version, actor));
  }

  @Delete(':aliasId')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Delete a model alias', 204)
  async delete(
    @Param('aliasId', ALIAS_ID) aliasId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.aliases.delete(aliasId, version, actor);
  }
}
