import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import passport from 'passport';
import { unauthenticated } from '../common/errors/gateway-error.js';
import { presentedSecret } from './presented-secret.js';
import type { AdminPrincipal, KeyPrincipal } from './principal.js';
import { AdminKeyStrategy, OidcStrategy, TenantKeyStrategy, type Presented } from './strategies.js';

/** Passport uses the response only where no callback decides. */
type Authenticate = (presented: Presented, response: undefined, next: (error?: unknown) => void) => void;

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
  async tenantKey(request: Request): Promise<KeyPrincipal> {
    return this.run<KeyPrincipal>(['tenant-key'], request);
  }

  async operator(request: Request): Promise<AdminPrincipal> {
    return this.run<AdminPrincipal>(['admin-key', 'oidc'], request);
  }

  /** The same for whoever it may be. A secret that is nobody's is refused as a tenant's. */
  async anybody(request: Request): Promise<KeyPrincipal | AdminPrincipal> {
    return this.run<KeyPrincipal | AdminPrincipal>(['admin-key', 'oidc', 'tenant-key'], request);
  }

  /**
   * Passport sees the credential only. It hangs functions that know the request on each strategy, and V8 puts such functions
   * into the old generation, where they would keep the whole request until the next full collection
   * (`docs/decisions/2026-11-27-young-garbage.md`).
   */
  private run<P>(strategies: string[], { headers, ip }: Request): Promise<P> {
    const presented: Presented = { secret: presentedSecret(headers), ip };
    return new Promise((resolve, reject) => {
      const decide = (error: unknown, principal?: P | false | null): void => {
        if (error) reject(error);
        else if (principal) resolve(principal);
        else reject(refusal(presented));
      };
      const authenticate = this.passport.authenticate(strategies, { session: false }, decide) as Authenticate;
      authenticate(presented, undefined, reject);
    });
  }
}

function refusal({ secret }: Presented) {
  return secret === null
    ? unauthenticated("You didn't provide an API key. Send it in the header Authorization: Bearer YOUR_KEY.", null)
    : unauthenticated('Incorrect API key provided.');
}
