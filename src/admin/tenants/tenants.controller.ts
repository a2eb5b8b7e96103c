import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { tenantNotFound, TenantService } from '../../tenants/tenant.service.js';
import { Documented } from '../../openapi/documented.js';
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
  tenantListSchema,
  tenantSchema,
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
  @Documented('Create a tenant', 201, tenantSchema)
  async create(@Body({ schema: newTenantSchema }) body: NewTenantBody, @Actor() actor: ActorType) {
    const { name, ...rest } = toTenantChanges(body);
    return toTenantBody(await this.tenants.create({ name, policy: {}, ...rest }, actor));
  }

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List tenants', 200, tenantListSchema)
  async list(@Query({ schema: tenantListQuerySchema }) query: TenantListQuery, @Operator() operator: AdminPrincipal) {
    const { items, hasMore } = await this.tenants.list(operator.tenantIds, toTenantPageRequest(query));
    return toListBody(items.map(toTenantBody), hasMore);
  }

  @Get(':tenantId')
  @AdminRoute('viewer', { tenantParam: 'tenantId' })
  @Documented('Read a tenant', 200, tenantSchema)
  async get(@Param('tenantId', TENANT_ID) tenantId: string) {
    return toTenantBody(await this.tenants.get(tenantId));
  }

  @Patch(':tenantId')
  @AdminRoute('admin')
  @Documented('Change a tenant', 200, tenantSchema)
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
  @Documented('Refuse all keys of a tenant until it is resumed', 200, tenantSchema)
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
  @Documented('End the suspension of a tenant', 200, tenantSchema)
  async resume(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.resume(tenantId, version, actor));
  }

  @Delete(':tenantId')
  @AdminRoute('admin')
  @Documented('Delete a tenant; its usage stays for reports', 200, tenantSchema)
  async delete(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toTenantBody(await this.tenants.delete(tenantId, version, actor));
  }
}
