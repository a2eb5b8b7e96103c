import type { EndpointName } from '../auth/endpoints.js';
import type { KeyPrincipal } from '../auth/principal.js';
import type { ModelEntry } from '../models/model-entry.js';
import { matchesPattern } from './model-pattern.js';

/** Where a request would be sent. */
export interface Route extends Pick<ModelEntry, 'invokeId' | 'baseId'> {
  region: string;
}

type Limited = Pick<KeyPrincipal, 'policy'>;

/**
 * Whether the caller may use the model: as what is sent to Bedrock, as the foundation model behind it, or under the
 * name it asked for. That name must be listed letter by letter: many names lead to the default model, so that
 * `gpt-haiku` would get around `*haiku*`. Where a request may be sent is asked apart, by `mayUseRoute`.
 */
export function mayUseModel(
  { policy }: Limited,
  { requestedId, invokeId, baseId }: Pick<ModelEntry, 'requestedId' | 'invokeId' | 'baseId'>,
): boolean {
  return policy.models.every((patterns) =>
    patterns.some(
      (pattern) => pattern === requestedId || matchesPattern(pattern, invokeId) || matchesPattern(pattern, baseId),
    ),
  );
}

/** Whether the caller may use the endpoint. A route that names no endpoint is closed to limited keys. */
export function mayUseEndpoint({ policy }: Limited, endpoint: EndpointName | undefined): boolean {
  return policy.endpoints === null || (endpoint !== undefined && policy.endpoints.includes(endpoint));
}

/**
 * Whether the caller's requests may be sent there; to be asked again for every failover. A profile whose scope cannot
 * be told from its id is refused to tenants that are limited to scopes.
 */
export function mayUseRoute({ policy }: Limited, route: Route): boolean {
  const regionAllowed =
    policy.regions === null || policy.regions.some((region) => matchesPattern(region, route.region));
  if (!regionAllowed || policy.scopes === null) return regionAllowed;
  const scope = profileScope(route);
  return scope !== null && policy.scopes.includes(scope);
}

/** Output tokens to send: what was asked for or the tenant's default, within the most that is allowed. Null: no limit. */
export function outputTokenLimit({ policy }: Limited, requestedTokens: number | null): number | null {
  const wanted = requestedTokens ?? policy.defaultOutputTokens ?? policy.maxOutputTokens;
  if (wanted === null || policy.maxOutputTokens === null) return wanted;
  return Math.min(wanted, policy.maxOutputTokens);
}

/**
 * The scope that serves: `in-region` for the foundation model itself, `global` or a geography for a system inference
 * profile, null where the id does not tell, as with an application inference profile.
 */
export function profileScope({ invokeId, baseId }: Pick<ModelEntry, 'invokeId' | 'baseId'>): string | null {
  const id = invokeId.startsWith('arn:') ? invokeId.slice(invokeId.lastIndexOf('/') + 1) : invokeId;
  if (id === baseId) return 'in-region';
  return id.endsWith(`.${baseId}`) ? id.slice(0, -baseId.length - 1) : null;
}
