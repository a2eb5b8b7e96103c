import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { permissionDenied } from '../common/errors/gateway-error.js';
import { LoadShares } from '../common/overload/load-shares.js';
import { mayUseEndpoint } from '../tenants/access-rules.js';
import { tenantNotFound } from '../tenants/tenant.service.js';
import { ADMIN_ROUTE, type AdminRouteOptions, ENDPOINT, PUBLIC_ROUTE } from './decorators.js';
import type { EndpointName } from './endpoints.js';
import type { AuthenticatedRequest } from './principal.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { presentedSecret } from './presented-secret.js';
import { judgeRoute } from './roles.js';

/** What the decorators of a route say about who may call it. */
interface RouteAccess {
  isPublic: boolean;
  admin: AdminRouteOptions | undefined;
  endpoint: EndpointName | undefined;
}

/**
 * Guards every route: with a tenant's key unless the handler says otherwise. It asks the handler that was matched, not
 * the path, so that no spelling of a path gets around it.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  /** By class and handler: two classes may share a handler. */
  private readonly known = new WeakMap<object, Map<unknown, RouteAccess>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
    private readonly shares: LoadShares,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { isPublic, admin, endpoint } = this.accessOf(context);
    if (isPublic) return true;
    if (admin) await this.admitOperator(admin, request);
    else await this.admitKey(endpoint, request);
    return true;
  }

  private async admitKey(endpoint: EndpointName | undefined, request: AuthenticatedRequest): Promise<void> {
    const principal = await this.authenticator.tenantKey(request);
    if (!mayUseEndpoint(principal, endpoint)) {
      throw permissionDenied('This key may not use this endpoint.', 'endpoint_not_allowed');
    }
    const { tenantId, policy } = principal;
    this.shares.learn(presentedSecret(request.headers), { id: tenantId, weight: policy.weight });
    request.principal = principal;
  }

  private async admitOperator(route: AdminRouteOptions, request: AuthenticatedRequest): Promise<void> {
    const operator = await this.authenticator.operator(request);
    const verdict = judgeRoute(operator, route, request.params);
    if (verdict === 'forbidden') throw permissionDenied(`This needs the role ${route.role}.`);
    if (verdict === 'hidden') throw tenantNotFound();
    request.admin = operator;
  }

  private accessOf(context: ExecutionContext): RouteAccess {
    const [owner, handler] = [context.getClass(), context.getHandler()];
    const handlers = this.known.get(owner) ?? new Map<unknown, RouteAccess>();
    const known = handlers.get(handler);
    if (known) return known;
    const access: RouteAccess = {
      isPublic: this.read(PUBLIC_ROUTE, context) === true,
      admin: this.read(ADMIN_ROUTE, context) as AdminRouteOptions | undefined,
      endpoint: this.read(ENDPOINT, context) as EndpointName | undefined,
    };
    this.known.set(owner, handlers.set(handler, access));
    return access;
  }

  private read(key: string, context: ExecutionContext): unknown {
    return this.reflector.getAllAndOverride<unknown>(key, [context.getHandler(), context.getClass()]);
  }
}
