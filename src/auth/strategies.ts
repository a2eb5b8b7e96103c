import { callbackify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport-custom';
import { AdminKeyAuthenticator } from './admin-keys/admin-key.authenticator.js';
import { OidcAuthenticator } from './oidc/oidc.authenticator.js';
import type { AdminPrincipal, KeyPrincipal } from './principal.js';
import { TenantKeyAuthenticator } from './tenant-keys/tenant-key.authenticator.js';

/** What of a request tells whose it is. */
export interface Presented {
  secret: string | null;
  ip: string | undefined;
}

/** `null` lets the next strategy try; an error ends the request. */
type Verify<P> = (secret: string, presented: Presented) => P | null | Promise<P | null>;
type Done<P> = (error: unknown, principal?: P | false) => void;

/** A secret that is known here is verified in the same turn of the event loop. */
function verifySecret<P>(verify: Verify<P>) {
  const settle = callbackify((verified: Promise<P | null>) => verified);
  return (given: object, done: Done<P>): void => {
    const presented = given as Presented;
    const { secret } = presented;
    const verified = secret === null ? null : verify(secret, presented);
    if (verified instanceof Promise) settle(verified, (error, principal) => done(error, principal ?? false));
    else done(null, verified ?? false);
  };
}

/** A tenant's key: `Authorization: Bearer`, `x-api-key` or `api-key`. */
@Injectable()
export class TenantKeyStrategy extends Strategy {
  constructor(keys: TenantKeyAuthenticator) {
    super(verifySecret<KeyPrincipal>((secret, { ip }) => keys.authenticate(secret, ip)));
  }
}

/** An operator's key, in the same places. */
@Injectable()
export class AdminKeyStrategy extends Strategy {
  constructor(keys: AdminKeyAuthenticator) {
    super(verifySecret<AdminPrincipal>((secret) => keys.authenticate(secret)));
  }
}

/** An OpenID Connect token of an operator. */
@Injectable()
export class OidcStrategy extends Strategy {
  constructor(oidc: OidcAuthenticator) {
    super(verifySecret<AdminPrincipal>((token) => oidc.authenticate(token)));
  }
}
