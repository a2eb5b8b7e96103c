import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { tenantNotFound, TenantService } from '../../tenants/tenant.service.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type NewTenantBody,
  newTenantSchema,
  type TenantChangesBody,
  tenantChangesSchema,
  type TenantListQuery,
  tenantListQuerySchema,
  toTenantBody,
  toTenantChanges,
  toTenantPageRequest,
} from './tenant.schema.js';

const TENANT_ID = new IdPipe(tenantNotFound);

@ApiTags('tenants')
@Controller('admin/v1/tenants')
@UseInterceptors(EtagInterceptor)
export class TenantsController {
  constructor(private readonly tenants: TenantService) {}

  @Post()
  @AdminRoute('admin')
  async create(@Body({ schema: newTenantSchema }) body: NewTenantBody, @Actor() actor: ActorType) {
    const { name, ...rest } = toTenantChanges(body);
    return toTenantBody(await this.tenants.create({ name, policy: {}, ...rest }, actor));
  }

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  async list(@Query({ schema: tenantListQuerySchema }) query: TenantListQuery, @Operator() operator: AdminPrincipal) {
    const { items, hasMore } = await this.tenants.list(operator.tenantIds, toTenantPageRequest(query));
    return toListBody(items.map(toTenantBody), hasMore);
  }

  @Get(':tenantId')
  @AdminRoute('viewer', { tenantParam: 'tenantId' })
  async get(@Param('tenantId', TENANT_ID) tenantId: string) {
    return toTenantBody(await this.tenants.get(tenantId));
  }

  @Patch(':tenantId')
  @AdminRoute('admin')
  async update(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Body({ schema: tenantChangesSchema }) body: TenantChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.update(tenantId, toTenantChanges(body), version, actor));
  }

  @Post(':tenantId/suspend')
  @HttpCode(200)
  @AdminRoute('admin')
  async suspend(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.suspend(tenantId, version, actor));
  }

  @Post(':tenantId/resume')
  @HttpCode(200)
  @AdminRoute('admin')
  async resume(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.resume(tenantId, version, actor));
  }

  @Delete(':tenantId')
  @AdminRoute('admin')
  async delete(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.delete(tenantId, version, actor));
  }
}
