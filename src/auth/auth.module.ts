import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { AccessGuard } from './access.guard.js';
import { AdminKeyAuthenticator } from './admin-keys/admin-key.authenticator.js';
import { AdminKeyRepository } from './admin-keys/admin-key.repository.js';
import { AdminKeyService } from './admin-keys/admin-key.service.js';
import { ChangeFeed } from './change-feed.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { AdminKeyStrategy, TenantKeyStrategy } from './strategies.js';
import { LastUsed } from './tenant-keys/last-used.js';
import { TenantKeyAuthenticator } from './tenant-keys/tenant-key.authenticator.js';

/** Guards every route of the app that imports it. */
@Module({
  imports: [AuditModule, SecretsModule, TenantsModule],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    AdminKeyAuthenticator,
    AdminKeyRepository,
    AdminKeyService,
    AdminKeyStrategy,
    ChangeFeed,
    LastUsed,
    RequestAuthenticator,
    TenantKeyAuthenticator,
    TenantKeyStrategy,
  ],
  exports: [AdminKeyService],
})
export class AuthModule {}
