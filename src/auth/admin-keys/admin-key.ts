import type { AdminRole } from '../principal.js';

/** An operator's key as people see it. */
export interface AdminKey {
  id: string;
  name: string;
  role: AdminRole;
  /** The tenants of a `tenant_admin`; empty for the other roles. */
  tenantIds: string[];
  prefix: string;
  lastFour: string;
  version: number;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewAdminKey {
  name: string;
  role: AdminRole;
  tenantIds: string[];
  expiresAt?: Date | null;
}

export interface IssuedAdminKey {
  key: AdminKey;
  secret: string;
}
