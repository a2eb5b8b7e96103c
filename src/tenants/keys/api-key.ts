import type { KeyPolicy } from '../tenant-policy.js';
import type { PageRequest } from '../tenant.js';

/** A tenant's key as people see it. The secrets themselves are not kept. */
export interface ApiKey {
  tenantId: string;
  id: string;
  name: string;
  tags: Record<string, string>;
  policy: KeyPolicy;
  /** Counts changes; the ETag. */
  version: number;
  createdAt: Date;
  createdBy: string;
  updatedAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Newest first; more than one while a rotation overlaps. */
  secrets: ApiKeySecret[];
}

/** One secret of a key, by what identifies it to people. */
export interface ApiKeySecret {
  id: string;
  prefix: string;
  lastFour: string;
  imported: boolean;
  createdAt: Date;
  expiresAt: Date | null;
}

/** A secret as it is stored. */
export interface NewSecret {
  hash: Buffer<ArrayBuffer>;
  prefix: string;
  lastFour: string;
  imported: boolean;
}

export interface NewApiKey {
  name: string;
  tags?: Record<string, string>;
  policy: KeyPolicy;
  expiresAt?: Date | null;
}

/** What is absent stays as it is. */
export type ApiKeyChanges = Partial<NewApiKey>;

/** A key together with its secret, which is shown this once. */
export interface IssuedKey {
  key: ApiKey;
  secret: string;
}

export type ApiKeyStatus = 'active' | 'expired' | 'revoked';

export type ApiKeyPageRequest = PageRequest<'created_at' | 'name'> & { status?: ApiKeyStatus };

export function statusOf(key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, nowMs: number): ApiKeyStatus {
  if (key.revokedAt) return 'revoked';
  return key.expiresAt && key.expiresAt.getTime() <= nowMs ? 'expired' : 'active';
}
