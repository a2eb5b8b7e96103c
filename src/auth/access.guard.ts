import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
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

/**
 * Guards every route: with a tenant's key unless the handler says otherwise. It asks the handler that was matched, not
 * the path, so that no spelling of a path gets around it.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
    private readonly shares: LoadShares,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    if (this.read(PUBLIC_ROUTE, context) === true) return true;
    const adminRoute = this.read(ADMIN_ROUTE, context) as AdminRouteOptions | undefined;
    if (adminRoute) await this.admitOperator(adminRoute, request, response);
    else await this.admitKey(this.read(ENDPOINT, context) as EndpointName | undefined, request, response);
    return true;
  }

  private async admitKey(
    endpoint: EndpointName | undefined,
    request: AuthenticatedRequest,
    response: Response,
  ): Promise<void> {
    const principal = await this.authenticator.tenantKey(request, response);
    if (!mayUseEndpoint(principal, endpoint)) {
      throw permissionDenied('This key may not use this endpoint.', 'endpoint_not_allowed');
    }
    const { tenantId, policy } = principal;
    this.shares.learn(presentedSecret(request.headers), { id: tenantId, weight: policy.weight });
    request.principal = principal;
  }

  private async admitOperator(
    route: AdminRouteOptions,
    request: AuthenticatedRequest,
    response: Response,
  ): Promise<void> {
    const operator = await this.authenticator.operator(request, response);
    const verdict = judgeRoute(operator, route, request.params);
    if (verdict === 'forbidden') throw permissionDenied(`This needs the role ${route.role}.`);
    if (verdict === 'hidden') throw tenantNotFound();
    request.admin = operator;
  }

  private read(key: string, context: ExecutionContext): unknown {
    return this.reflector.getAllAndOverride<unknown>(key, [context.getHandler(), context.getClass()]);
  }
}
