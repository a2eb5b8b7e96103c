import { BedrockClient } from '@aws-sdk/client-bedrock';
import * as fc from 'fast-check';
import type { KeyPrincipal } from '../../src/auth/principal.js';
import { BedrockModelSource } from '../../src/bedrock/bedrock-model-source.js';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { ModelCatalogue } from '../../src/models/model-catalogue.js';
import type { AliasBook } from '../../src/models/aliases/alias-book.js';
import type { ModelAlias } from '../../src/models/aliases/model-alias.js';
import type { ModelListRepository } from '../../src/models/model-list.repository.js';
import type { ModelRoute, RouteCandidate } from '../../src/models/model-route.js';
import { ModelRouter } from '../../src/models/model-router.js';
import { RegionListsReader } from '../../src/models/region-lists.js';
import { FOUNDATION_MODELS } from '../../src/sandbox/catalogue/foundation-models.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { UNRESTRICTED, type AccessPolicy } from '../../src/tenants/access-policy.js';
import { testConfig } from '../support/config.js';

const REGIONS = ['eu-central-1', 'us-east-1', 'eu-west-1', 'ap-northeast-1'];
const GEOGRAPHIES = ['us', 'eu', 'apac', 'jp', 'au', 'in', 'ca', 'us-gov', 'global'];
const RESOURCES = [
  'application-inference-profile/sandbox00001',
  'application-inference-profile/sandbox00002',
  'application-inference-profile/european0001',
  'application-inference-profile/worldwide001',
  'provisioned-model/sandboxprov1',
  'custom-model-deployment/sandboxdepl1',
  'imported-model/sandboximpo1',
  'default-prompt-router/amazon.nova:1',
  'application-inference-profile/unknown00001',
  'prompt-router/unknown00001',
];

const anyRegion = fc.constantFrom(...REGIONS, 'us-west-2', 'eu-north-1');
const anyBase = fc.constantFrom(...FOUNDATION_MODELS.map(({ id }) => id));
const anyPlainId = fc.oneof(
  anyBase,
  fc.tuple(fc.constantFrom(...GEOGRAPHIES), anyBase).map(([geography, id]) => `${geography}.${id}`),
);
const anyArn = fc.oneof(
  fc.tuple(anyRegion, anyBase).map(([region, id]) => `arn:aws:bedrock:${region}::foundation-model/${id}`),
  fc
    .tuple(anyRegion, anyPlainId)
    .map(([region, id]) => `arn:aws:bedrock:${region}:123456789012:inference-profile/${id}`),
  fc
    .tuple(anyRegion, fc.constantFrom(...RESOURCES))
    .map(([region, resource]) => `arn:aws:bedrock:${region}:123456789012:${resource}`),
);
const anyModel = fc.oneof(anyPlainId, anyArn, fc.constantFrom(...RESOURCES));
const anyAlias = fc.record({
  targets: fc.array(fc.record({ model: anyModel, weight: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
  fallbacks: fc.array(anyModel, { maxLength: 4 }),
});

/** The ways in which an operator says "in Europe only". */
const EUROPEAN: readonly Partial<AccessPolicy>[] = [
  { scopes: ['eu', 'in-region'], regions: ['eu-*'] },
  { regions: ['eu-*'] },
  { regions: ['eu-central-1', 'eu-west-1'], scopes: ['eu'] },
];

let sandbox: Sandbox;
let catalogues: Map<string, ModelCatalogue>;

beforeAll(async () => {
  sandbox = await createSandbox({
    applicationProfiles: [
      { id: 'sandbox00001', name: 'american', copyFrom: 'us.anthropic.claude-sonnet-4-6' },
      { id: 'sandbox00002', name: 'in the region', copyFrom: 'amazon.nova-lite-v1:0' },
      { id: 'european0001', name: 'european', copyFrom: 'eu.anthropic.claude-sonnet-4-6' },
      { id: 'worldwide001', name: 'worldwide', copyFrom: 'global.anthropic.claude-sonnet-4-6' },
    ],
  });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const clientOf = (region: string) => new BedrockClient({ region, endpoint: sandbox.url, credentials });
  const stored = {
    findAll: () => Promise.resolve([]),
    save: () => Promise.resolve(),
  } as unknown as ModelListRepository;
  const reader = new RegionListsReader(new BedrockModelSource(clientOf), stored);
  catalogues = new Map(
    ['eu-central-1', 'us-east-1'].map((home) => [home, new ModelCatalogue(reader, configOf(home))] as const),
  );
  await Promise.all([...catalogues.values()].map((catalogue) => catalogue.list()));
});

afterAll(() => sandbox.close());

function configOf(home: string) {
  const env = { AWS_REGION: home, AWS_FAILOVER_REGIONS: REGIONS.join() };
  return testConfig('postgres://localhost/unused', env);
}

function caller(policy: Partial<AccessPolicy>): KeyPrincipal {
  const names = { tenantId: 't', tenantName: 't', keyId: 'k', keyName: 'k', tags: {} };
  return { ...names, policy: { ...UNRESTRICTED, ...policy } };
}

function routerOf(home: string, alias: object, roll: number): ModelRouter {
  const catalogue = catalogues.get(home);
  if (catalogue === undefined) throw new Error('no such home');
  const named = { name: 'alias', ...alias } as ModelAlias;
  const book = { find: (_: string, name: string) => Promise.resolve(name === 'alias' ? named : undefined) };
  return new ModelRouter(catalogue, book as unknown as AliasBook, configOf(home), () => roll);
}

function isEuropean({ model: { invokeId, scope, destinations }, region }: RouteCandidate): boolean {
  const isElsewhere =
    /(^|\/)(us|us-gov|apac|jp|au|in|ca|global)\./.test(invokeId) ||
    /(sandbox00001|worldwide001|unknown00001)$/.test(invokeId);
  const isHome = !invokeId.startsWith('arn:') || invokeId.split(':')[3] === region;
  // An ARN that no list holds tells its geography and no regions.
  const served = destinations ?? (scope === 'eu' ? [] : ['']);
  return region.startsWith('eu-') && isHome && !isElsewhere && served.every((place) => place.startsWith('eu-'));
}

const REFUSALS = ['model_not_found', 'model_not_allowed', 'model_not_supported'];

describe('a tenant that is limited to Europe', () => {
  it('reaches no other place, whatever it asks for', async () => {
    let reached = 0;
    const question = fc.record({
      home: fc.constantFrom('eu-central-1', 'us-east-1'),
      policy: fc.constantFrom(...EUROPEAN),
      kind: fc.constantFrom('chat', 'embedding', 'rerank'),
      model: fc.oneof(anyModel, fc.constant('alias'), fc.constant('gpt-4o'), fc.constant(undefined)),
      alias: anyAlias,
      roll: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(question, async ({ home, policy, kind, model, alias, roll }) => {
        const route = await routerOf(home, alias, roll)
          .route(caller(policy), model, kind)
          .catch((error: unknown) => error);
        const candidates = route instanceof GatewayError ? [] : (route as ModelRoute).candidates;
        reached += candidates.length;
        expect(candidates.filter((candidate) => !isEuropean(candidate))).toEqual([]);
        expect([200, 400, 403, 404]).toContain(route instanceof GatewayError ? route.status : 200);
      }),
      { numRuns: 3_000 },
    );
    expect(reached).toBeGreaterThan(300);
  });

  it.each(
    FOUNDATION_MODELS.filter(({ lifecycle, access }) => lifecycle !== 'ended' && access !== 'gated').map(
      ({ id, geographies }) => [id, geographies] as const,
    ),
  )('is led from %s to what Europe has of it', async (id, geographies) => {
    const kind = /embed/.test(id) ? 'embedding' : /rerank/.test(id) ? 'rerank' : 'chat';
    const route = routerOf('eu-central-1', {}, 0).route(caller({ scopes: ['eu'] }), id, kind);
    const outcome = await route.then(
      ({ candidates }) => candidates.map(({ model, region }) => [model.invokeId, region]),
      (error: GatewayError) => error.code,
    );
    const places = ['eu-central-1', 'eu-west-1'].map((region) => [`eu.${id}`, region]);
    expect(geographies.includes('eu') ? [places] : REFUSALS).toContainEqual(outcome);
  });
});

describe('without limits', () => {
  it.each([
    [
      'anthropic.claude-sonnet-4-6',
      ['eu.anthropic.claude-sonnet-4-6@eu-central-1', 'us.anthropic.claude-sonnet-4-6@us-east-1'],
    ],
    ['us.anthropic.claude-sonnet-4-6', ['us.anthropic.claude-sonnet-4-6@us-east-1']],
    ['amazon.nova-lite-v1:0', REGIONS.map((region) => `amazon.nova-lite-v1:0@${region}`)],
    ['arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0', ['amazon.nova-lite-v1:0@eu-west-1']],
    [
      'provisioned-model/sandboxprov1',
      REGIONS.map((region) => `arn:aws:bedrock:${region}:123456789012:provisioned-model/sandboxprov1@${region}`),
    ],
  ])('%s goes where it is asked to, then to the other regions', async (id, expected) => {
    const { candidates } = await routerOf('eu-central-1', {}, 0).route(caller({}), id);
    expect(candidates.map(({ model, region }) => `${model.invokeId}@${region}`)).toEqual(
      expect.arrayContaining(expected),
    );
    expect(`${candidates[0].model.invokeId}@${candidates[0].region}`).toBe(expected[0]);
  });
});
