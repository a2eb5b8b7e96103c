import type { KeyPrincipal } from '../auth/principal.js';
import { UNRESTRICTED, type AccessPolicy } from '../tenants/access-policy.js';
import { modelEntry } from '../../test/support/prepare-request.js';
import { testConfig } from '../../test/support/config.js';
import type { ModelCatalogue } from './model-catalogue.js';
import { ModelRouter } from './model-router.js';

const SONNET = 'eu.anthropic.claude-sonnet-4-6';

function router(): ModelRouter {
  const catalogue = { resolve: () => Promise.resolve(modelEntry(SONNET)) } as unknown as ModelCatalogue;
  return new ModelRouter(catalogue, testConfig('postgres://localhost/unused', { AWS_REGION: 'eu-central-1' }));
}

function principal(policy: Partial<AccessPolicy> = {}): KeyPrincipal {
  return {
    tenantId: 'ten_1',
    tenantName: 'one',
    keyId: 'key_1',
    keyName: 'first',
    tags: {},
    policy: { ...UNRESTRICTED, ...policy },
  };
}

describe(ModelRouter.name, () => {
  it('leads to the home region, under the own credentials', async () => {
    expect(await router().route(principal(), SONNET)).toMatchObject({
      name: SONNET,
      candidates: [{ model: { invokeId: SONNET }, region: 'eu-central-1', account: null }],
    });
  });

  it("names the tenant's role, tagged by the tenant", async () => {
    const awsRole = { arn: 'arn:aws:iam::123456789012:role/team', externalId: 'one' };
    const { candidates } = await router().route(principal({ awsRole }), SONNET);
    expect(candidates[0].account).toEqual({
      roleArn: awsRole.arn,
      externalId: 'one',
      sessionTags: { tenant_id: 'ten_1' },
    });
  });

  it.each<[string, Partial<AccessPolicy>]>([
    ['the model', { models: [['amazon.*']] }],
    ['the region', { regions: ['us-*'] }],
    ['the scope', { scopes: ['us'] }],
  ])('refuses when the policy leaves out %s', async (_, policy) => {
    await expect(router().route(principal(policy), SONNET)).rejects.toMatchObject({
      status: 403,
      code: 'model_not_allowed',
    });
  });
});
