import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { OverloadModule } from '../common/overload/overload.module.js';
import { AppConfig } from '../config/app-config.js';
import { AccessGuard } from './access.guard.js';
import { AdminKeyAuthenticator } from './admin-keys/admin-key.authenticator.js';
import { AdminKeyRepository } from './admin-keys/admin-key.repository.js';
import { AdminKeyService } from './admin-keys/admin-key.service.js';
import { ChangeFeed } from './change-feed.js';
import { OidcAuthenticator } from './oidc/oidc.authenticator.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { AdminKeyStrategy, OidcStrategy, TenantKeyStrategy } from './strategies.js';
import { KnownCaller } from './known-caller.js';
import { LastUsed } from './last-used.js';
import { TenantKeyAuthenticator } from './tenant-keys/tenant-key.authenticator.js';

/** Least time between two fetches of an issuer's keys: unknown key ids cost a client nothing to make up. */
const JWKS_COOLDOWN_MS = 5_000;

function createOidcAuthenticator(config: AppConfig): OidcAuthenticator {
  const { oidcIssuer: issuer, oidcAudience: audience } = config;
  if (issuer === undefined || audience === undefined) return new OidcAuthenticator(null);
  return new OidcAuthenticator({
    issuer,
    audience,
    jwksUrl: config.oidcJwksUrl,
    roleClaim: config.oidcRoleClaim,
    roleMap: config.oidcRoleMap,
    tenantsClaim: config.oidcTenantsClaim,
    cooldownMs: JWKS_COOLDOWN_MS,
  });
}

/** Guards every route of the app that imports it. */
@Module({
  imports: [AuditModule, OverloadModule, SecretsModule, TenantsModule],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    AdminKeyAuthenticator,
    AdminKeyRepository,
    AdminKeyService,
    AdminKeyStrategy,
    ChangeFeed,
    KnownCaller,
    LastUsed,
    { provide: OidcAuthenticator, inject: [AppConfig], useFactory: createOidcAuthenticator },
    OidcStrategy,
    RequestAuthenticator,
    TenantKeyAuthenticator,
    TenantKeyStrategy,
  ],
  exports: [AdminKeyService, ChangeFeed, KnownCaller],
})
export class AuthModule {}
