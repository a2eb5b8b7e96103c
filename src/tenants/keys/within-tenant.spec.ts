import type { KeyPolicy, TenantPolicy } from '../tenant-policy.js';
import { requireWithinTenant } from './within-tenant.js';

const GROUPS = { claude: ['anthropic.*'], nova: ['amazon.nova-*'] };

describe(requireWithinTenant.name, () => {
  it.each<[string, KeyPolicy, TenantPolicy]>([
    ['a key without limits', {}, { allowed_models: ['anthropic.*'] }],
    ['a tenant without limits', { allowed_models: ['*'] }, {}],
    ['a narrower pattern', { allowed_models: ['anthropic.claude-*'] }, { allowed_models: ['anthropic.*'] }],
    ['the same group', { allowed_models: ['group:claude'] }, { allowed_models: ['group:claude'] }],
    ['a model of a group', { allowed_models: ['anthropic.claude-3'] }, { allowed_models: ['group:claude'] }],
    ['no model at all', { allowed_models: [] }, { allowed_models: [] }],
    ['the same number of tokens', { max_output_tokens: 100 }, { max_output_tokens: 100 }],
  ])('accepts %s', (_, key, tenant) => {
    expect(() => requireWithinTenant(key, tenant, GROUPS)).not.toThrow();
  });

  it.each<[string, KeyPolicy, TenantPolicy, string]>([
    ['a wider pattern', { allowed_models: ['*'] }, { allowed_models: ['anthropic.*'] }, 'allowed_models'],
    ['another group', { allowed_models: ['group:nova'] }, { allowed_models: ['group:claude'] }, 'allowed_models'],
    ['any model of a tenant that has none', { allowed_models: ['a'] }, { allowed_models: [] }, 'allowed_models'],
    ['more tokens', { max_output_tokens: 101 }, { max_output_tokens: 100 }, 'max_output_tokens'],
  ])('refuses %s', (_, key, tenant, param) => {
    expect(() => requireWithinTenant(key, tenant, GROUPS)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
