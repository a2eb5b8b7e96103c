import type { GatewayRequest } from '../common/http/gateway-request.js';
import type { AccessPolicy } from '../tenants/access-policy.js';

/** The tenant key that a data-plane request was authenticated with. Names are for the ledger's snapshots. */
export interface KeyPrincipal {
  tenantId: string;
  tenantName: string;
  keyId: string;
  keyName: string;
  /** Labels of the tenant and, where both have one, of the key. */
  tags: Readonly<Record<string, string>>;
  policy: AccessPolicy;
}

/** What an operator may do; each includes the one before it, except `tenant_admin`, which sees only its tenants. */
export type AdminRole = 'tenant_admin' | 'viewer' | 'admin' | 'owner';

/** The operator that an admin request was authenticated as. */
export interface AdminPrincipal {
  id: string;
  name: string;
  role: AdminRole;
  /** The tenants of a `tenant_admin`; null for the other roles, which see all. */
  tenantIds: readonly string[] | null;
}

/** A request that has passed the guard: one of the two is set, except on public routes. */
export interface AuthenticatedRequest extends GatewayRequest {
  principal?: KeyPrincipal;
  admin?: AdminPrincipal;
}
