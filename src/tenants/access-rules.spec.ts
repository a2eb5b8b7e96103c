import { mayUseEndpoint, mayUseModel, mayUseRoute, outputTokenLimit } from './access-rules.js';
import { type AccessPolicy, toAccessPolicy, UNRESTRICTED } from './access-policy.js';

const limited = (policy: Partial<AccessPolicy>) => ({ policy: { ...UNRESTRICTED, ...policy } });
const SONNET = {
  requestedId: 'smart',
  invokeId: 'eu.anthropic.claude-sonnet-4-6',
  baseId: 'anthropic.claude-sonnet-4-6',
  otherBaseIds: [],
};
const EU_REGIONS = ['eu-central-1', 'eu-west-1'];

describe(mayUseModel.name, () => {
  it.each<[string, string[][], boolean]>([
    ['no list', [], true],
    ['an empty list', [[]], false],
    ['the name that was asked for', [['smart']], true],
    ['the profile', [['eu.anthropic.*']], true],
    ['the foundation model', [['anthropic.claude-*']], true],
    ['another model', [['amazon.*']], false],
    ['a pattern that only the name matches, which the client chose', [['smar*']], false],
    ['both lists', [['anthropic.*'], ['*sonnet*']], true],
    ['the tenant but not the key', [['anthropic.*'], ['*haiku*']], false],
    ['the key but not the tenant', [['amazon.*'], ['*sonnet*']], false],
  ])('asks %s', (_, models, expected) => {
    expect(mayUseModel(limited({ models }), SONNET)).toBe(expected);
  });

  it.each<[string, string[][], boolean]>([
    ['the router itself', [['arn:*prompt-router/*']], true],
    ['all that it may choose', [['anthropic.*', 'amazon.*']], true],
    ['only one of them', [['anthropic.*']], false],
  ])('asks for %s of a prompt router', (_, models, expected) => {
    const router = { invokeId: 'arn:aws:bedrock:eu-west-1:1:prompt-router/r', otherBaseIds: ['amazon.nova-lite-v1:0'] };
    expect(mayUseModel(limited({ models }), { ...SONNET, ...router })).toBe(expected);
  });
});

describe(mayUseEndpoint.name, () => {
  it('opens every route to keys without a limit', () => {
    expect(mayUseEndpoint(limited({}), 'chat')).toBe(true);
    expect(mayUseEndpoint(limited({}), undefined)).toBe(true);
  });

  it('keeps limited keys to their endpoints, and off routes that name none', () => {
    expect(mayUseEndpoint(limited({ endpoints: ['chat'] }), 'chat')).toBe(true);
    expect(mayUseEndpoint(limited({ endpoints: ['chat'] }), 'embeddings')).toBe(false);
    expect(mayUseEndpoint(limited({ endpoints: ['chat'] }), undefined)).toBe(false);
  });
});

describe(mayUseRoute.name, () => {
  const european = limited({ regions: ['eu-*'], scopes: ['in-region', 'eu'] });

  it.each<[string | null, string, boolean]>([
    ['in-region', 'eu-central-1', true],
    ['eu', 'eu-west-1', true],
    ['us', 'eu-west-1', false],
    ['global', 'eu-west-1', false],
    ['eu', 'us-east-1', false],
    [null, 'eu-west-1', false],
  ])('a tenant of European regions and scopes, the scope %s in %s: %s', (scope, region, expected) => {
    expect(mayUseRoute(european, { scope, destinations: null, region })).toBe(expected);
  });

  it.each<[string | null, readonly string[] | null, boolean]>([
    ['in-region', ['eu-west-1'], true],
    ['eu', EU_REGIONS, true],
    ['global', ['', ...EU_REGIONS], false],
    ['us', ['us-east-1'], false],
    [null, EU_REGIONS, true],
    [null, null, false],
    ['eu', [], false],
  ])('a tenant of European regions alone, the scope %s that serves in %s: %s', (scope, destinations, expected) => {
    expect(mayUseRoute(limited({ regions: ['eu-*'] }), { scope, destinations, region: 'eu-west-1' })).toBe(expected);
  });

  it('lets a list of scopes open profiles that leave the regions', () => {
    const policy = limited({ regions: ['eu-west-1'], scopes: ['eu'] });
    expect(mayUseRoute(policy, { scope: 'eu', destinations: EU_REGIONS, region: 'eu-west-1' })).toBe(true);
  });

  it('limits nothing without lists', () => {
    expect(mayUseRoute(limited({}), { scope: null, destinations: null, region: 'us-east-1' })).toBe(true);
  });
});

describe(outputTokenLimit.name, () => {
  it.each<[number | null, number | null, number | null, number | null]>([
    [null, null, null, null],
    [50, null, null, 50],
    [null, 100, null, 100],
    [null, 100, 60, 60],
    [null, null, 60, 60],
    [50, 100, 60, 50],
    [500, 100, 60, 60],
  ])('asked %s, default %s, most %s: %s', (requested, defaultOutputTokens, maxOutputTokens, expected) => {
    expect(outputTokenLimit(limited({ defaultOutputTokens, maxOutputTokens }), requested)).toBe(expected);
  });
});

describe(toAccessPolicy.name, () => {
  it('joins tenant and key so that the key can only be narrower', () => {
    const tenant = { allowed_models: ['group:claude'], max_output_tokens: 100 };
    const key = { allowed_models: ['*sonnet*'], max_output_tokens: 500, allowed_endpoints: ['chat' as const] };
    expect(toAccessPolicy(tenant, key, { claude: ['anthropic.*'] })).toEqual({
      ...UNRESTRICTED,
      models: [['anthropic.*'], ['*sonnet*']],
      maxOutputTokens: 100,
      endpoints: ['chat'],
    });
  });

  it('tells "no list" from "an empty list"', () => {
    expect(toAccessPolicy({ allowed_models: null }, { allowed_models: [] }, {}).models).toEqual([[]]);
  });
});
