import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../../auth/principal.js';
import { SecretHasher } from '../../auth/secrets/secret-hasher.js';
import { AppConfig } from '../../config/app-config.js';
import { PrismaService } from '../../database/prisma.service.js';
import { toAccessPolicy } from '../access-policy.js';
import { keyPolicySchema, tenantPolicySchema } from '../tenant-policy.js';

/** Whose secret it is, and what must still be asked at every use. */
export interface KeyCredential {
  principal: KeyPrincipal;
  suspended: boolean;
  /** Unix time in ms at which the key or this secret of it ends. */
  expiresAtMs: number | null;
}

interface LookupRow {
  tenant_id: string;
  tenant_name: string;
  tenant_status: string;
  tenant_policy: unknown;
  tags: Record<string, string>;
  key_id: string;
  key_name: string;
  key_policy: unknown;
  expires_at: Date | null;
  groups: Record<string, string[]> | null;
}

/** Finds the key of a secret by the secret's digest: one indexed query, which the cache in front of it mostly saves. */
@Injectable()
export class ApiKeyLookup {
  private readonly environmentDigest: Buffer | null;

  constructor(
    private readonly prisma: PrismaService,
    config: AppConfig,
    hasher: SecretHasher,
  ) {
    this.environmentDigest = config.apiKey === undefined ? null : hasher.tenantKey(config.apiKey);
  }

  /** Null for a secret that does not exist, or whose key or tenant has ended. */
  async findByDigest(digest: Buffer<ArrayBuffer>): Promise<KeyCredential | null> {
    if (this.isEnvironmentKey(digest)) return this.findEnvironmentKey();
    const rows = await this.prisma.$queryRaw<LookupRow[]>`
      SELECT t.id AS tenant_id, t.name AS tenant_name, t.status AS tenant_status, t.policy AS tenant_policy,
             k.id AS key_id, k.name AS key_name, k.policy AS key_policy, t.tags || k.tags AS tags,
             least(k.expires_at, s.expires_at) AS expires_at,
             (SELECT json_object_agg(g.name, g.patterns) FROM model_groups g) AS groups
      FROM api_key_secrets s
      JOIN api_keys k ON k.tenant_id = s.tenant_id AND k.id = s.key_id
      JOIN tenants t ON t.id = s.tenant_id
      WHERE s.hash = ${digest} AND k.revoked_at IS NULL AND t.deleted_at IS NULL`;
    return rows[0] ? toCredential(rows[0]) : null;
  }

  /** Whether a secret that is not of our form may be a key all the same. */
  async hasImportedSecrets(): Promise<boolean> {
    return (await this.prisma.apiKeySecret.findFirst({ where: { imported: true }, select: { id: true } })) !== null;
  }

  isEnvironmentKey(digest: Buffer): boolean {
    return this.environmentDigest !== null && timingSafeEqual(this.environmentDigest, digest);
  }

  // The oldest tenant also when it is deleted: the key must not move on to another team by itself.
  private async findEnvironmentKey(): Promise<KeyCredential | null> {
    const rows = await this.prisma.$queryRaw<(LookupRow & { deleted_at: Date | null })[]>`
      SELECT t.id AS tenant_id, t.name AS tenant_name, t.status AS tenant_status, t.policy AS tenant_policy,
             t.tags, t.deleted_at, 'key_environment' AS key_id, 'API_KEY' AS key_name, '{}'::jsonb AS key_policy,
             NULL::timestamptz AS expires_at,
             (SELECT json_object_agg(g.name, g.patterns) FROM model_groups g) AS groups
      FROM tenants t ORDER BY t.created_at, t.id LIMIT 1`;
    return rows[0] && rows[0].deleted_at === null ? toCredential(rows[0]) : null;
  }
}

function toCredential(row: LookupRow): KeyCredential {
  const tenant = tenantPolicySchema.parse(row.tenant_policy);
  const key = keyPolicySchema.parse(row.key_policy);
  return {
    principal: {
      tenantId: row.tenant_id,
      tenantName: row.tenant_name,
      keyId: row.key_id,
      keyName: row.key_name,
      tags: row.tags,
      policy: toAccessPolicy(tenant, key, row.groups ?? {}),
    },
    suspended: row.tenant_status === 'suspended',
    expiresAtMs: row.expires_at?.getTime() ?? null,
  };
}
