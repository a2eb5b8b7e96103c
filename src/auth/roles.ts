import type { AdminRouteOptions } from './decorators.js';
import type { AdminPrincipal, AdminRole } from './principal.js';

const RANKS: Readonly<Record<AdminRole, number>> = { tenant_admin: 0, viewer: 1, admin: 2, owner: 3 };

/** What a route answers an operator: `hidden` stands for a tenant that is not the operator's. */
export type Verdict = 'allowed' | 'forbidden' | 'hidden';

/** Whether an operator may use a route with these path parameters. */
export function judgeRoute(
  operator: AdminPrincipal,
  route: AdminRouteOptions,
  params: Readonly<Record<string, unknown>>,
): Verdict {
  if (operator.role !== 'tenant_admin') return RANKS[operator.role] >= RANKS[route.role] ? 'allowed' : 'forbidden';
  if (route.role === 'owner') return 'forbidden';
  if (route.ownTenants) return 'allowed';
  if (route.tenantParam === undefined) return 'forbidden';
  return operator.tenantIds?.includes(String(params[route.tenantParam])) ? 'allowed' : 'hidden';
}

/** Whether an operator may give away, change or take back a role: nobody reaches further than their own. */
export function mayGrant(operator: Pick<AdminPrincipal, 'role'>, role: AdminRole): boolean {
  return RANKS[operator.role] >= RANKS.admin && RANKS[operator.role] >= RANKS[role];
}
