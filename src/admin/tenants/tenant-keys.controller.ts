import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { ApiKeyService, keyNotFound } from '../../tenants/keys/api-key.service.js';
import { tenantNotFound } from '../../tenants/tenant.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type ImportedKeyBody,
  importedKeySchema,
  issuedKeySchema,
  type KeyChangesBody,
  keyChangesSchema,
  type KeyListQuery,
  keyListQuerySchema,
  keyListSchema,
  keySchema,
  type NewKeyBody,
  newKeySchema,
  type RotationBody,
  rotationSchema,
  toIssuedKeyBody,
  toKeyBody,
  toKeyChanges,
} from './api-key.schema.js';

const TENANT_ID = new IdPipe(tenantNotFound);
const KEY_ID = new IdPipe(keyNotFound);
const OWN_TENANT = { tenantParam: 'tenantId' };

@ApiTags('keys')
@Controller('admin/v1/tenants/:tenantId/keys')
@UseInterceptors(EtagInterceptor)
export class TenantKeysController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @AdminRoute('admin', OWN_TENANT)
  @Documented('Issue a key; its secret is shown this once', 201, issuedKeySchema)
  async create(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Body({ schema: newKeySchema }) body: NewKeyBody,
    @Actor() actor: ActorType,
  ) {
    return toIssuedKeyBody(await this.keys.create(tenantId, { policy: {}, ...toKeyChanges(body) }, actor));
  }

  @Post('import')
  @AdminRoute('admin', OWN_TENANT)
  @Documented('Create a key around a secret that clients already have', 201, keySchema)
  async import(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Body({ schema: importedKeySchema }) { secret, ...body }: ImportedKeyBody,
    @Actor() actor: ActorType,
  ) {
    return toKeyBody(await this.keys.import(tenantId, { policy: {}, ...toKeyChanges(body) }, secret, actor));
  }

  @Get()
  @AdminRoute('viewer', OWN_TENANT)
  @Documented('List the keys of a tenant', 200, keyListSchema)
  async list(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Query({ schema: keyListQuerySchema }) query: KeyListQuery,
  ) {
    const { items, hasMore } = await this.keys.list(tenantId, query);
    return toListBody(items.map(toKeyBody), hasMore);
  }

  @Get(':keyId')
  @AdminRoute('viewer', OWN_TENANT)
  @Documented('Read a key', 200, keySchema)
  async get(@Param('tenantId', TENANT_ID) tenantId: string, @Param('keyId', KEY_ID) keyId: string) {
    return toKeyBody(await this.keys.get(tenantId, keyId));
  }

  @Patch(':keyId')
  @AdminRoute('admin', OWN_TENANT)
  @Documented('Change a key', 200, keySchema)
  async update(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Param('keyId', KEY_ID) keyId: string,
    @Body({ schema: keyChangesSchema }) body: KeyChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toKeyBody(await this.keys.update(tenantId, keyId, toKeyChanges(body), version, actor));
  }

  @Post(':keyId/rotate')
  @HttpCode(200)
  @AdminRoute('admin', OWN_TENANT)
  @Documented('Give a key a new secret; the old one keeps working for the overlap', 200, issuedKeySchema)
  async rotate(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Param('keyId', KEY_ID) keyId: string,
    @Body({ schema: rotationSchema }) body: RotationBody,
    @Actor() actor: ActorType,
  ) {
    return toIssuedKeyBody(await this.keys.rotate(tenantId, keyId, body.overlap_seconds * 1_000, actor));
  }

  @Delete(':keyId')
  @HttpCode(200)
  @AdminRoute('admin', OWN_TENANT)
  @Documented('Revoke a key', 200, keySchema)
  async revoke(
    @Param('tenantId', TENANT_ID) tenantId: string,
    @Param('keyId', KEY_ID) keyId: string,
    @Actor() actor: ActorType,
  ) {
    return toKeyBody(await this.keys.revoke(tenantId, keyId, actor));
  }
}
