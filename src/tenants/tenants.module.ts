import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { SecretsModule } from '../auth/secrets/secrets.module.js';
import { ApiKeyLookup } from './keys/api-key-lookup.js';
import { ApiKeyRepository } from './keys/api-key.repository.js';
import { ApiKeyService } from './keys/api-key.service.js';
import { ModelGroupRepository } from './model-groups/model-group.repository.js';
import { ModelGroupService } from './model-groups/model-group.service.js';
import { TenantRepository } from './tenant.repository.js';
import { TenantService } from './tenant.service.js';

@Module({
  imports: [AuditModule, SecretsModule],
  providers: [
    ApiKeyLookup,
    ApiKeyRepository,
    ApiKeyService,
    ModelGroupRepository,
    ModelGroupService,
    TenantRepository,
    TenantService,
  ],
  exports: [ApiKeyLookup, ApiKeyService, ModelGroupService, TenantService],
})
export class TenantsModule {}
