import type { EndpointName } from '../auth/endpoints.js';
import type { KeyPrincipal } from '../auth/principal.js';
import type { ModelEntry } from '../models/model-entry.js';
import { matchesPattern } from './model-pattern.js';

/** Where a request would be sent, and where it might be served. */
export interface Route extends Pick<ModelEntry, 'scope' | 'destinations'> {
  region: string;
}

type Limited = Pick<KeyPrincipal, 'policy'>;

/**
 * Whether the caller may use the model: as what is sent to Bedrock, as the foundation models behind it, or under the
 * name it asked for. That name must be listed letter by letter: many names lead to the default model, so that
 * `gpt-haiku` would get around `*haiku*`. Where a request may be sent is asked apart, by `mayUseRoute`.
 */
export function mayUseModel(
  { policy }: Limited,
  {
    requestedId,
    invokeId,
    baseId,
    otherBaseIds,
  }: Pick<ModelEntry, 'requestedId' | 'invokeId' | 'baseId' | 'otherBaseIds'>,
): boolean {
  const bases = [baseId, ...otherBaseIds];
  return policy.models.every(
    (patterns) =>
      patterns.some((pattern) => pattern === requestedId || matchesPattern(pattern, invokeId)) ||
      bases.every((base) => patterns.some((pattern) => matchesPattern(pattern, base))),
  );
}

/** Whether the caller may use the endpoint. A route that names no endpoint is closed to limited keys. */
export function mayUseEndpoint({ policy }: Limited, endpoint: EndpointName | undefined): boolean {
  return policy.endpoints === null || (endpoint !== undefined && policy.endpoints.includes(endpoint));
}

/** Whether the caller's requests may be sent to the region. */
function mayUseRegion({ policy }: Limited, region: string): boolean {
  return policy.regions === null || policy.regions.some((pattern) => matchesPattern(pattern, region));
}

/**
 * Whether the caller's requests may be sent there; to be asked again for every failover. An inference profile sends
 * them on to other regions: a list of scopes decides whether it may, and without one, every region that it can send them
 * to must be allowed. What serves and where must be known to be allowed to tenants that are limited to it.
 */
export function mayUseRoute({ policy }: Limited, { region, scope, destinations }: Route): boolean {
  const { regions, scopes } = policy;
  const isAllowed = (name: string) => mayUseRegion({ policy }, name);
  if (!isAllowed(region)) {
    return false;
  }
  if (scopes !== null) {
    return scope !== null && scopes.includes(scope);
  }
  return regions === null || (destinations !== null && destinations.length > 0 && destinations.every(isAllowed));
}

/** Files in S3 that the caller may name: below an entry of every list, which are the gateway's and the tenant's. */
export function s3LocationLists({ policy }: Limited, ofGateway: readonly string[]): (readonly string[])[] {
  return policy.s3Locations === null ? [ofGateway] : [ofGateway, policy.s3Locations];
}

/** Output tokens to send: what was asked for or the tenant's default, within the most that is allowed. Null: no limit. */
export function outputTokenLimit({ policy }: Limited, requestedTokens: number | null): number | null {
  const wanted = requestedTokens ?? policy.defaultOutputTokens ?? policy.maxOutputTokens;
  if (wanted === null || policy.maxOutputTokens === null) return wanted;
  return Math.min(wanted, policy.maxOutputTokens);
}
