/** The tenant key that a data-plane request was authenticated with. Names are for the ledger's snapshots. */
export interface KeyPrincipal {
  tenantId: string;
  tenantName: string;
  keyId: string;
  keyName: string;
}

/** What an operator may do; each includes the one before it, except `tenant_admin`, which sees only its tenants. */
export type AdminRole = 'tenant_admin' | 'viewer' | 'admin' | 'owner';

/** The operator that an admin request was authenticated as. */
export interface AdminPrincipal {
  id: string;
  name: string;
  role: AdminRole;
}
