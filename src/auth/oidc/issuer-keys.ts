import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

const TIMEOUT_MS = 3_000;
/** A key that the issuer takes back is trusted no longer than this. */
const CACHE_MS = 5 * 60_000;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** The issuer's keys could not be had, so nobody can tell whether a token is valid. */
export class IssuerAwayError extends Error {}

/**
 * The keys of an issuer, fetched from the place that the settings or its discovery document name, never from one that
 * a token names. An unknown key id has them fetched again, at most once in `cooldownMs`. Throws `IssuerAwayError`.
 */
export async function fetchIssuerKeys(
  issuer: string,
  jwksUrl: string | undefined,
  cooldownMs: number,
): Promise<JWTVerifyGetKey> {
  const url = new URL(jwksUrl ?? (await unlessAway(discover(issuer))));
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: CACHE_MS,
  });
  return (header, token) => unlessAway(keys(header, token));
}

/** What the token has wrong stays as it is; every other failure is one of fetching. */
async function unlessAway<T>(fetching: Promise<T>): Promise<T> {
  try {
    return await fetching;
  } catch (error) {
    const isTokenAtFault =
      error instanceof errors.JWKSNoMatchingKey ||
      error instanceof errors.JWKSMultipleMatchingKeys ||
      error instanceof errors.JOSENotSupported;
    throw isTokenAtFault ? error : new IssuerAwayError("the issuer's keys could not be fetched", { cause: error });
  }
}

async function discover(issuer: string): Promise<string> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the issuer's discovery document answered ${response.status}`);
  const document = discoverySchema.parse(await response.json());
  if (document.issuer !== issuer) throw new Error("the discovery document is another issuer's");
  return document.jwks_uri;
}
