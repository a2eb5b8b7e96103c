import { Body, Controller, Delete, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { adminKeyNotFound, AdminKeyService } from '../../auth/admin-keys/admin-key.service.js';
import { AdminRoute } from '../../auth/decorators.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type AdminKeyChangesBody,
  adminKeyChangesSchema,
  type AdminKeyListQuery,
  adminKeyListQuerySchema,
  adminKeyListSchema,
  adminKeySchema,
  issuedAdminKeySchema,
  type NewAdminKeyBody,
  newAdminKeySchema,
  toAdminKeyBody,
  toIssuedAdminKeyBody,
} from './admin-key.schema.js';

const ADMIN_KEY_ID = new IdPipe(adminKeyNotFound);

@ApiTags('admin keys')
@Controller('admin/v1/admin-keys')
@UseInterceptors(EtagInterceptor)
export class AdminKeysController {
  constructor(private readonly keys: AdminKeyService) {}

  @Post()
  @AdminRoute('admin')
  @Documented('Issue an admin key; its secret is shown this once', 201, issuedAdminKeySchema)
  async create(@Body({ schema: newAdminKeySchema }) body: NewAdminKeyBody, @Actor() actor: ActorType) {
    const { tenant_ids: tenantIds, expires_at: expiresAt = null, ...key } = body;
    return toIssuedAdminKeyBody(await this.keys.create({ ...key, tenantIds, expiresAt }, actor));
  }

  @Get()
  @AdminRoute('viewer')
  @Documented('List admin keys', 200, adminKeyListSchema)
  async list(@Query({ schema: adminKeyListQuerySchema }) query: AdminKeyListQuery) {
    const { items, hasMore } = await this.keys.list(query);
    return toListBody(items.map(toAdminKeyBody), hasMore);
  }

  @Get(':adminKeyId')
  @AdminRoute('viewer')
  @Documented('Read an admin key', 200, adminKeySchema)
  async get(@Param('adminKeyId', ADMIN_KEY_ID) id: string) {
    return toAdminKeyBody(await this.keys.get(id));
  }

  @Patch(':adminKeyId')
  @AdminRoute('admin')
  @Documented('Change an admin key', 200, adminKeySchema)
  async update(
    @Param('adminKeyId', ADMIN_KEY_ID) id: string,
    @Body({ schema: adminKeyChangesSchema }) body: AdminKeyChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    const { expires_at: expiresAt, ...changes } = body;
    const update = { ...changes, ...(expiresAt !== undefined && { expiresAt }) };
    return toAdminKeyBody(await this.keys.update(id, update, version, actor));
  }

  @Delete(':adminKeyId')
  @AdminRoute('admin')
  @Documented('Revoke an admin key', 200, adminKeySchema)
  async revoke(@Param('adminKeyId', ADMIN_KEY_ID) id: string, @Actor() actor: ActorType) {
    return toAdminKeyBody(await this.keys.revoke(id, actor));
  }
}
