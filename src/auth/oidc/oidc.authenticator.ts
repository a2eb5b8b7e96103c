import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { unavailable } from '../../common/errors/gateway-error.js';
import type { AdminPrincipal } from '../principal.js';
import { type ClaimMapping, toOperator } from './claims.js';
import { fetchIssuerKeys, IssuerAwayError } from './issuer-keys.js';

export interface OidcSettings extends ClaimMapping {
  issuer: string;
  audience: string;
  jwksUrl?: string | undefined;
  /** Least time between two fetches of the issuer's keys. */
  cooldownMs: number;
}

/** Only signatures that a public key checks: with a shared secret, the published key could be taken for it. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Tells which operator an OpenID Connect token stands for. Without settings it knows nobody. */
export class OidcAuthenticator {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(private readonly settings: OidcSettings | null) {}

  /** Null when the token is not valid here. Throws a 403 when it holds no role, a 503 when the issuer is away. */
  async authenticate(token: string): Promise<AdminPrincipal | null> {
    const { settings } = this;
    if (!settings || token.split('.').length !== 3) return null;
    try {
      const { payload } = await jwtVerify(token, await this.issuerKeys(settings), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
      });
      return toOperator(payload, settings);
    } catch (error) {
      if (error instanceof IssuerAwayError)
        throw unavailable('The token could not be checked. Try again shortly.', 1, error);
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  private issuerKeys({ issuer, jwksUrl, cooldownMs }: OidcSettings): Promise<JWTVerifyGetKey> {
    this.keys ??= fetchIssuerKeys(issuer, jwksUrl, cooldownMs).catch((error: unknown) => {
      this.keys = undefined;
      throw error;
    });
    return this.keys;
  }
}
