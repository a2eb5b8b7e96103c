import { invalidRequest } from '../../common/errors/gateway-error.js';
import { findWider } from '../own-limits.js';
import { coversPattern, expandGroups } from '../model-pattern.js';
import type { KeyPolicy, TenantPolicy } from '../tenant-policy.js';

/**
 * Throws a 400 when a key's policy names something that its tenant may not do. The key could not do it anyway, since
 * both policies are asked at every request; refusing tells the operator so now.
 */
export function requireWithinTenant(
  key: KeyPolicy,
  tenant: TenantPolicy,
  groups: Readonly<Record<string, readonly string[]>>,
): void {
  const allowed = tenant.allowed_models && expandGroups(tenant.allowed_models, groups);
  const outside = expandGroups(key.allowed_models ?? [], groups).find(
    (pattern) => allowed && !allowed.some((outer) => coversPattern(outer, pattern)),
  );
  if (outside !== undefined) {
    throw invalidRequest('allowed_models', `allowed_models goes beyond what the tenant may use: ${outside}.`);
  }
  const mostTokens = tenant.max_output_tokens;
  if (mostTokens != null && key.max_output_tokens != null && key.max_output_tokens > mostTokens) {
    throw invalidRequest('max_output_tokens', `max_output_tokens goes beyond the tenant's limit of ${mostTokens}.`);
  }
  const wider = findWider(key.limits, tenant.limits);
  if (wider !== null) {
    throw invalidRequest(
      `limits.${wider.name}`,
      `limits.${wider.name} goes beyond the tenant's limit of ${wider.most}.`,
    );
  }
}
