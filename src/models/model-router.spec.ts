import { modelEntry } from '../../test/support/prepare-request.js';
import { testConfig } from '../../test/support/config.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { notFound } from '../common/errors/gateway-error.js';
import { UNRESTRICTED, type AccessPolicy } from '../tenants/access-policy.js';
import type { AliasBook } from './aliases/alias-book.js';
import type { ModelAlias } from './aliases/model-alias.js';
import type { ModelCatalogue } from './model-catalogue.js';
import type { ResolvedModel } from './model-entry.js';
import { ModelRouter } from './model-router.js';

const SONNET = 'eu.anthropic.claude-sonnet-4-6';
const NOVA = 'amazon.nova-lite-v1:0';
const HOME = 'eu-central-1';

interface World {
  aliases?: Partial<ModelAlias>[];
  /** What an id leads to beside itself. */
  found?: Record<string, { choices?: ResolvedModel[]; profiles?: ResolvedModel[] }>;
  roll?: number;
  env?: NodeJS.ProcessEnv;
}

function model(id: string, differences: Partial<ResolvedModel> = {}): ResolvedModel {
  const { requestedId: _, ...resolved } = modelEntry(id);
  return { ...resolved, ...differences };
}

function router({ aliases = [], found = {}, roll = 0, env = {} }: World = {}): ModelRouter {
  const locate = (models: ResolvedModel[]) => models.map((one) => ({ region: HOME, model: one }));
  const catalogue = {
    find: (id: string) => {
      if (id.startsWith('gone')) return Promise.reject(notFound('gone', 'model_not_found', 'model'));
      const { choices = [model(id)], profiles = [] } = found[id] ?? {};
      return Promise.resolve({ choices: locate(choices), profiles: locate(profiles) });
    },
  } as unknown as ModelCatalogue;
  const book = {
    find: (_tenantId: string, name: string) => Promise.resolve(aliases.find((alias) => alias.name === name)),
  } as unknown as AliasBook;
  const config = testConfig('postgres://localhost/unused', { AWS_REGION: HOME, DEFAULT_MODEL: SONNET, ...env });
  return new ModelRouter(catalogue, book, config, () => roll);
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

async function idsOf(route: ReturnType<ModelRouter['route']>): Promise<string[]> {
  return (await route).candidates.map(({ model: { invokeId } }) => invokeId);
}

function role(arn: string, externalId: string | null = null) {
  return { arn, externalId };
}

async function rolesOf(route: ReturnType<ModelRouter['route']>) {
  const { candidates } = await route;
  return candidates.map(({ account, standIn }) => [account?.roleArn ?? null, account?.externalId ?? null, standIn]);
}

describe(ModelRouter.name, () => {
  it('leads to the home region, under the own credentials', async () => {
    expect(await router().route(principal(), SONNET)).toMatchObject({
      name: SONNET,
      candidates: [{ model: { invokeId: SONNET, requestedId: SONNET }, region: HOME, account: null }],
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

  describe('with further accounts', () => {
    const [A, B, C] = ['a', 'b', 'c'].map((name) => `arn:aws:iam::123456789012:role/${name}`) as [
      string,
      string,
      string,
    ];
    const env = { AWS_FAILOVER_ROLES: `${A},${B}`, AWS_FAILOVER_EXTERNAL_ID: 'gateway' };

    it.each<[string, Partial<AccessPolicy>, unknown[]]>([
      [
        "takes the gateway's after its own",
        {},
        [
          [null, null, 0],
          [A, 'gateway', 1],
          [B, 'gateway', 2],
        ],
      ],
      ['takes none of them for a tenant that pays for itself', { awsRole: role(C) }, [[C, null, 0]]],
      [
        "takes the tenant's in place of the gateway's",
        { awsFailoverRoles: [role(C, 'one')] },
        [
          [null, null, 0],
          [C, 'one', 1],
        ],
      ],
      [
        "takes the tenant's after its role",
        { awsRole: role(C), awsFailoverRoles: [role(A)] },
        [
          [C, null, 0],
          [A, null, 1],
        ],
      ],
      [
        'takes a role once that is named twice',
        { awsRole: role(C), awsFailoverRoles: [role(C), role(A), role(A), role(A, 'one')] },
        [
          [C, null, 0],
          [A, null, 1],
          [A, 'one', 2],
        ],
      ],
      ['takes none where the tenant wants none', { awsFailoverRoles: [] }, [[null, null, 0]]],
      [
        'takes none for a tenant with a guardrail, which is in one account',
        { guardrail: { id: 'g', version: '1' } },
        [[null, null, 0]],
      ],
    ])('%s', async (_, policy, expected) => {
      expect(await rolesOf(router({ env }).route(principal(policy), SONNET))).toEqual(expected);
    });

    it.each<[string, string, unknown[]]>([
      ['the first one, where no role is in it', '999999999999', [[null, null, 0]]],
      [
        'its roles, where there are some',
        '123456789012',
        [
          [A, 'gateway', 1],
          [B, 'gateway', 2],
        ],
      ],
    ])('asks for what belongs to one account only under %s', async (_, owner, expected) => {
      const arn = `arn:aws:bedrock:eu-central-1:${owner}:application-inference-profile/abc`;
      expect(await rolesOf(router({ env }).route(principal(), arn))).toEqual(expected);
      expect(await rolesOf(router({ env }).route(principal({ awsRole: role(C) }), arn))).toEqual([[C, null, 0]]);
    });

    it('changes place and account in turn, and goes on with the fallbacks of an alias last', async () => {
      const alias = { name: 'team', targets: [{ model: SONNET, weight: 1 }], fallbacks: [NOVA] };
      const found = { [SONNET]: { choices: [model(SONNET), model('global.anthropic.claude-sonnet-4-6')] } };
      const { candidates } = await router({ env, found, aliases: [alias] }).route(principal(), 'team');
      expect(candidates.map(({ model: { invokeId }, standIn }) => `${invokeId.split('.')[0]} ${standIn}`)).toEqual([
        'eu 0',
        'eu 1',
        'global 0',
        'eu 2',
        'global 1',
        'global 2',
        'amazon 0',
        'amazon 1',
        'amazon 2',
      ]);
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

  it.each([
    ['gpt-4o', 'chat', SONNET],
    [undefined, 'chat', SONNET],
    ['openai.gpt-oss-120b-1:0', 'chat', 'openai.gpt-oss-120b-1:0'],
    ['text-embedding-3-small', 'embedding', 'cohere.embed-multilingual-v3'],
    ['rerank-english-v3.0', 'rerank', 'cohere.rerank-v3-5:0'],
  ] as const)('answers for %s of %s with %s', async (requested, kind, expected) => {
    const route = await router().route(principal(), requested, kind);
    expect([route.name, route.candidates[0].model.invokeId]).toEqual([expected, expected]);
  });

  it('takes the name that was asked for as allowed when it is listed letter by letter', async () => {
    const caller = principal({ models: [['gpt-4o']] });
    expect(await idsOf(router().route(caller, 'gpt-4o'))).toEqual([SONNET]);
    await expect(router().route(caller, 'gpt-4')).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['cohere.embed-v4:0', 'chat'],
    ['cohere.rerank-v3-5:0', 'chat'],
    [NOVA, 'embedding'],
    [NOVA, 'rerank'],
    ['cohere.embed-v4:0', 'rerank'],
  ] as const)('refuses %s for %s', async (id, kind) => {
    await expect(router().route(principal(), id, kind)).rejects.toMatchObject({
      status: 400,
      code: 'model_not_supported',
      param: 'model',
    });
  });

  it('takes a profile for a model that the caller may not call without one', async () => {
    const found = { [NOVA]: { profiles: [model(`us.${NOVA}`), model(`eu.${NOVA}`), model(`global.${NOVA}`)] } };
    expect(await idsOf(router({ found }).route(principal({ scopes: ['eu'] }), NOVA))).toEqual([`eu.${NOVA}`]);
    expect(await idsOf(router({ found }).route(principal(), NOVA))).toEqual([NOVA]);
  });

  describe('with an alias', () => {
    const team: Partial<ModelAlias> = {
      name: 'team-default',
      targets: [
        { model: SONNET, weight: 3 },
        { model: NOVA, weight: 1 },
      ],
      fallbacks: ['amazon.nova-micro-v1:0', NOVA],
    };

    it.each([
      [0, SONNET],
      [0.74, SONNET],
      [0.75, NOVA],
      [0.99, NOVA],
    ])('chooses by weight: a roll of %s leads to %s', async (roll, expected) => {
      const [first] = await idsOf(router({ aliases: [team], roll }).route(principal(), 'team-default'));
      expect(first).toBe(expected);
    });

    it('goes on with the fallbacks in their order, none of them twice, under the name of the alias', async () => {
      const route = await router({ aliases: [team], roll: 0.99 }).route(principal(), 'team-default');
      expect(route.name).toBe('team-default');
      expect(route.candidates.map(({ model: { invokeId, requestedId } }) => [invokeId, requestedId])).toEqual([
        [NOVA, 'team-default'],
        ['amazon.nova-micro-v1:0', 'team-default'],
      ]);
    });

    it('chooses among the targets that the caller may use', async () => {
      const caller = principal({ scopes: ['in-region'] });
      expect(await idsOf(router({ aliases: [team], roll: 0 }).route(caller, 'team-default'))).toEqual([
        NOVA,
        'amazon.nova-micro-v1:0',
      ]);
    });

    it('is open to a key that lists the alias, wherever it leads within the residency', async () => {
      const caller = principal({ models: [['team-default']], scopes: ['eu'] });
      expect(await idsOf(router({ aliases: [team] }).route(caller, 'team-default'))).toEqual([SONNET]);
    });

    it('is refused to a key that may use neither the alias nor a target', async () => {
      const asked = router({ aliases: [team] }).route(principal({ models: [['deepseek.*']] }), 'team-default');
      await expect(asked).rejects.toMatchObject({ status: 403, code: 'model_not_allowed' });
    });

    it('lets the others serve when a target is gone', async () => {
      const alias = {
        ...team,
        targets: [
          { model: 'gone.model', weight: 9 },
          { model: NOVA, weight: 1 },
        ],
        fallbacks: [],
      };
      expect(await idsOf(router({ aliases: [alias] }).route(principal(), 'team-default'))).toEqual([NOVA]);
    });

    it('says what is wrong when nothing can serve', async () => {
      const alias = { ...team, targets: [{ model: 'gone.model', weight: 1 }], fallbacks: [] };
      const asked = router({ aliases: [alias] }).route(principal(), 'team-default');
      await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    });

    it('goes before a built-in name, and may be the default model', async () => {
      const aliases = [
        { ...team, name: 'gpt-4o', targets: [{ model: NOVA, weight: 1 }], fallbacks: [] },
        { ...team, name: SONNET, targets: [{ model: NOVA, weight: 1 }], fallbacks: [] },
      ];
      expect(await idsOf(router({ aliases }).route(principal(), 'gpt-4o'))).toEqual([NOVA]);
      expect(await idsOf(router({ aliases }).route(principal(), 'gpt-4'))).toEqual([NOVA]);
    });
  });
});
