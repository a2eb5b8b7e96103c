import { mayUseEndpoint, mayUseModel, mayUseRoute, outputTokenLimit, profileScope } from './access-rules.js';
import { type AccessPolicy, toAccessPolicy, UNRESTRICTED } from './access-policy.js';

const limited = (policy: Partial<AccessPolicy>) => ({ policy: { ...UNRESTRICTED, ...policy } });
const SONNET = {
  requestedId: 'smart',
  invokeId: 'eu.anthropic.claude-sonnet-4-6',
  baseId: 'anthropic.claude-sonnet-4-6',
};

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

  it.each<[string, string, boolean]>([
    ['anthropic.claude-sonnet-4-6', 'eu-central-1', true],
    ['eu.anthropic.claude-sonnet-4-6', 'eu-west-1', true],
    ['us.anthropic.claude-sonnet-4-6', 'eu-west-1', false],
    ['global.anthropic.claude-sonnet-4-6', 'eu-west-1', false],
    ['eu.anthropic.claude-sonnet-4-6', 'us-east-1', false],
    ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6', 'eu-west-1', true],
    ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6', 'eu-west-1', false],
    ['arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123def456', 'eu-west-1', false],
  ])('a European tenant and %s in %s: %s', (invokeId, region, expected) => {
    expect(mayUseRoute(european, { invokeId, baseId: SONNET.baseId, region })).toBe(expected);
  });

  it('limits nothing without lists', () => {
    expect(mayUseRoute(limited({}), { ...SONNET, region: 'us-east-1' })).toBe(true);
  });
});

describe(profileScope.name, () => {
  it.each([
    ['deepseek.v3.2', 'deepseek.v3.2', 'in-region'],
    ['us-gov.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0', 'us-gov'],
    ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0', 'in-region'],
    ['arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc', 'amazon.nova-lite-v1:0', null],
  ])('%s', (invokeId, baseId, scope) => {
    expect(profileScope({ invokeId, baseId })).toBe(scope);
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
