import { applyDecorators, createParamDecorator, SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { EndpointName } from './endpoints.js';
import type { AdminPrincipal, AdminRole, AuthenticatedRequest, KeyPrincipal } from './principal.js';

export const PUBLIC_ROUTE = 'auth:public';
export const ADMIN_ROUTE = 'auth:admin';
export const ENDPOINT = 'auth:endpoint';

/** How a route treats a `tenant_admin`, who holds no role over the whole installation. */
export interface TenantAdminAccess {
  /** Name of the path parameter that holds a tenant id; the route is open to the admins of that tenant. */
  tenantParam?: string;
  /** The handler itself limits what it does to `operator.tenantIds`. */
  ownTenants?: true;
}

export interface AdminRouteOptions extends TenantAdminAccess {
  role: Exclude<AdminRole, 'tenant_admin'>;
}

/** Opens a route to callers without a credential. The public list is checked by a test. */
export const Public = () => applyDecorators(SetMetadata(PUBLIC_ROUTE, true), ApiSecurity({}));

/**
 * Asks for an operator with at least this role. A `tenant_admin` is refused unless `access` says how the route
 * keeps to its tenants; it then counts as an `admin` of them.
 */
export const AdminRoute = (role: AdminRouteOptions['role'], access: TenantAdminAccess = {}) =>
  applyDecorators(
    SetMetadata(ADMIN_ROUTE, { role, ...access } satisfies AdminRouteOptions),
    ApiSecurity('adminKey'),
    ApiExtension('x-required-role', role),
  );

/** Names the endpoint of a data-plane route, so that keys can be limited to it. */
export const Endpoint = (name: EndpointName) => SetMetadata(ENDPOINT, name);

function authenticated(context: ExecutionContext): AuthenticatedRequest {
  return context.switchToHttp().getRequest<AuthenticatedRequest>();
}

/** The tenant key of a request. Throws on a route that none guards. */
export function callerOf({ principal }: AuthenticatedRequest): KeyPrincipal {
  if (!principal) throw new Error('This route needs to be guarded by a tenant key.');
  return principal;
}

/** The tenant key of a data-plane request; see `callerOf`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(authenticated(context)));

/** The operator of an admin request. */
export const Operator = createParamDecorator((_: unknown, context: ExecutionContext): AdminPrincipal => {
  const { admin } = authenticated(context);
  if (!admin) throw new Error('@Operator() needs an @AdminRoute()');
  return admin;
});
