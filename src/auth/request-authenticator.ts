import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import passport from 'passport';
import { unauthenticated } from '../common/errors/gateway-error.js';
import { presentedSecret } from './presented-secret.js';
import type { AdminPrincipal, KeyPrincipal } from './principal.js';
import { AdminKeyStrategy, OidcStrategy, TenantKeyStrategy } from './strategies.js';

/**
 * Runs requests through passport. It has a passport of its own, because the package's shared one would let the
 * strategies of a second app in the same process take the place of the first one's.
 */
@Injectable()
export class RequestAuthenticator {
  private readonly passport = new passport.Passport();

  constructor(tenantKeys: TenantKeyStrategy, adminKeys: AdminKeyStrategy, oidc: OidcStrategy) {
    this.passport.use('tenant-key', tenantKeys);
    this.passport.use('admin-key', adminKeys);
    this.passport.use('oidc', oidc);
  }

  /** Throws what the strategy throws, or a 401. */
  async tenantKey(request: Request, response: Response): Promise<KeyPrincipal> {
    return this.run<KeyPrincipal>(['tenant-key'], request, response);
  }

  async operator(request: Request, response: Response): Promise<AdminPrincipal> {
    return this.run<AdminPrincipal>(['admin-key', 'oidc'], request, response);
  }

  /** The same for whoever it may be. A secret that is nobody's is refused as a tenant's. */
  async anybody(request: Request, response: Response): Promise<KeyPrincipal | AdminPrincipal> {
    return this.run<KeyPrincipal | AdminPrincipal>(['admin-key', 'oidc', 'tenant-key'], request, response);
  }

  private run<P>(strategies: string[], request: Request, response: Response): Promise<P> {
    return new Promise((resolve, reject) => {
      const decide = (error: unknown, principal?: P | false | null): void => {
        if (error) reject(error);
        else if (principal) resolve(principal);
        else reject(refusal(request));
      };
      this.passport.authenticate(strategies, { session: false }, decide)(request, response, reject);
    });
  }
}

function refusal(request: Request) {
  return presentedSecret(request.headers) === null
    ? unauthenticated("You didn't provide an API key. Send it in the header Authorization: Bearer YOUR_KEY.", null)
    : unauthenticated('Incorrect API key provided.');
}
