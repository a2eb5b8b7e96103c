import { ConsoleLogger, Logger } from '@nestjs/common';
import { testConfig } from '../../test/support/config.js';
import { ModelCatalogue } from './model-catalogue.js';
import type { ModelListRepository } from './model-list.repository.js';
import { ListRefused, ModelSource, type ListedModel, type ListedResource, type ResourceList } from './model-source.js';
import { RegionListsReader } from './region-lists.js';

const { jest } = import.meta;

const REGION = 'us-east-1';
const NOVA = 'amazon.nova-lite-v1:0';
const SONNET = 'anthropic.claude-sonnet-4-6';
const ACCOUNT = `arn:aws:bedrock:${REGION}:123456789012`;
const DAY_S = 86_400;

function listedModel(id: string, differences: Partial<ListedModel> = {}): ListedModel {
  return {
    id,
    name: id,
    inputModalities: ['TEXT'],
    outputModalities: ['TEXT'],
    onDemand: true,
    streaming: true,
    lifecycle: 'ACTIVE',
    createdAt: null,
    legacyAt: null,
    endOfLifeAt: null,
    ...differences,
  };
}

function resource(arn: string, serves: string[], differences: Partial<ListedResource> = {}): ListedResource {
  return { id: arn, arn, name: arn, serves, architecture: null, createdAt: null, ...differences };
}

const modelArn = (id: string, region = REGION) => `arn:aws:bedrock:${region}::foundation-model/${id}`;
const profile = (id: string, regions: string[]) =>
  resource(
    `${ACCOUNT}:inference-profile/${id}`,
    regions.map((region) => modelArn(id.split('.').slice(1).join('.'), region)),
    { id },
  );

/** A control plane of which every list can be made to fail. */
class FakeSource extends ModelSource {
  models: ListedModel[] = [listedModel(NOVA)];
  resources: Partial<Record<ResourceList, ListedResource[]>> = {};
  failures = new Map<string, Error>();
  isSilent = false;
  asked = 0;

  override listModels(): Promise<ListedModel[]> {
    this.asked += 1;
    return this.answer('models', this.models);
  }

  override listResources(_region: string, list: ResourceList): Promise<ListedResource[]> {
    return this.answer(list, this.resources[list] ?? []);
  }

  private answer<T>(list: string, items: T[]): Promise<T[]> {
    if (this.isSilent) return new Promise(() => undefined);
    const failure = this.failures.get(list) ?? this.failures.get('all');
    return failure === undefined ? Promise.resolve(items) : Promise.reject(failure);
  }
}

class FakeStore {
  readonly rows = new Map<string, string>();
  writes = 0;

  findAll(region: string): Promise<{ list: string; items: unknown }[]> {
    const rows = [...this.rows].map(([key, text]) => ({ key, items: JSON.parse(text) as unknown }));
    const ofRegion = rows.filter(({ key }) => key.startsWith(`${region}/`));
    return Promise.resolve(ofRegion.map(({ key, items }) => ({ list: key.slice(region.length + 1), items })));
  }

  save(region: string, list: string, items: readonly object[]): Promise<void> {
    this.writes += 1;
    this.rows.set(`${region}/${list}`, JSON.stringify(items));
    return Promise.resolve();
  }
}

function open(source: ModelSource, store = new FakeStore()): { catalogue: ModelCatalogue; reader: RegionListsReader } {
  const reader = new RegionListsReader(source, store as unknown as ModelListRepository);
  return {
    reader,
    catalogue: new ModelCatalogue(reader, testConfig('postgres://localhost/unused', { AWS_REGION: REGION })),
  };
}

async function idsOf(catalogue: ModelCatalogue): Promise<string[]> {
  return (await catalogue.list()).map(({ id }) => id);
}

async function found(catalogue: ModelCatalogue, id: string) {
  return (await catalogue.find(id)).choices[0]?.model;
}

/** What a request gets that waits for no more than a moment. */
async function soon<T>(answer: Promise<T>): Promise<T> {
  await jest.advanceTimersByTimeAsync(1_000);
  return answer;
}

const warnings: string[] = [];
const silent = () => undefined;
const noteWarning = (_: unknown, message: string) => warnings.push(message);

describe(ModelCatalogue.name, () => {
  beforeAll(() => {
    Logger.overrideLogger({ log: silent, error: silent, fatal: silent, warn: noteWarning });
  });

  beforeEach(() => warnings.splice(0));

  afterAll(() => Logger.overrideLogger(new ConsoleLogger()));

  describe('its lists', () => {
    it.each([
      ['models', NOVA],
      ['system-profiles', `us.${SONNET}`],
    ])('leave it to Bedrock what there is while one was never read: %s', async (list, id) => {
      const source = new FakeSource();
      source.resources = { 'system-profiles': [profile(`us.${SONNET}`, [REGION])] };
      source.failures.set(list, new Error('timeout'));
      expect(await found(open(source).catalogue, id)).toMatchObject({ invokeId: id });
      source.failures.clear();
      await expect(open(source).catalogue.find('acme.never-v1')).rejects.toMatchObject({ code: 'model_not_found' });
    });

    it.each([
      'application-profiles',
      'imported-models',
      'custom-deployments',
      'provisioned-throughputs',
      'prompt-routers',
    ] as const)('fail alone: %s, which is logged once', async (list) => {
      const source = new FakeSource();
      source.resources = { 'system-profiles': [profile(`us.${SONNET}`, [REGION])] };
      source.failures.set(list, new ListRefused('no'));
      const { catalogue, reader } = open(source);
      expect(await idsOf(catalogue)).toEqual([NOVA, `us.${SONNET}`]);
      await reader.read(REGION);
      await reader.read(REGION);
      expect(warnings).toEqual([expect.stringContaining(list)]);
    });

    it('are kept while AWS does not answer', async () => {
      const source = new FakeSource();
      const { reader } = open(source);
      await reader.read(REGION);
      source.failures.set('all', new Error('timeout'));
      const { index, complete } = await reader.read(REGION);
      expect([index.listings.map(({ id }) => id), complete]).toEqual([[NOVA], false]);
      source.failures.clear();
      source.models = [];
      expect((await reader.read(REGION)).index.isEmpty).toBe(true);
    });

    it.each(['models', 'system-profiles'])(
      'are asked for again soon while one lacks without which nobody knows: %s',
      async (list) => {
        const source = new FakeSource();
        const { reader } = open(source);
        source.failures.set(list, new Error('timeout'));
        expect((await reader.read(REGION)).complete).toBe(false);
        source.failures.clear();
        expect((await reader.read(REGION)).complete).toBe(true);
      },
    );

    it('outlive a restart without AWS', async () => {
      const store = new FakeStore();
      const source = new FakeSource();
      source.resources = { 'imported-models': [resource(`${ACCOUNT}:imported-model/abc`, [])] };
      await open(source, store).catalogue.list();
      source.failures.set('all', new Error('timeout'));
      expect(await idsOf(open(source, store).catalogue)).toEqual([NOVA, 'imported-model/abc']);
    });

    it('are not taken from the store when another release has stored another shape, nor when AWS refuses them', async () => {
      const store = new FakeStore();
      const source = new FakeSource();
      await open(source, store).catalogue.list();
      source.failures.set('models', new ListRefused('no'));
      expect(await idsOf(open(source, store).catalogue)).toEqual([]);
      source.failures.set('models', new Error('timeout'));
      store.rows.set(`${REGION}/foundation-models`, '[{"modelId":"x"}]');
      expect(await idsOf(open(source, store).catalogue)).toEqual([]);
    });

    describe('of an AWS that answers nothing', () => {
      let source: FakeSource;

      beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
        source = new FakeSource();
        source.isSilent = true;
      });

      afterEach(() => jest.useRealTimers());

      it('keep the first requests waiting for a moment only, and then Bedrock decides', async () => {
        const { catalogue } = open(source);
        const [one, other] = await soon(Promise.all([found(catalogue, NOVA), found(catalogue, `us.${SONNET}`)]));
        expect([one?.invokeId, other?.invokeId]).toEqual([NOVA, `us.${SONNET}`]);
        expect((await found(catalogue, NOVA))?.invokeId).toBe(NOVA);
        expect(source.asked).toBe(1);
      });

      it('are those of an earlier process', async () => {
        const store = new FakeStore();
        await open(new FakeSource(), store).catalogue.list();
        expect(await soon(idsOf(open(source, store).catalogue))).toEqual([NOVA]);
      });
    });

    it('that cannot be read are asked for behind the requests, every half a minute', async () => {
      const source = new FakeSource();
      source.failures.set('all', new Error('timeout'));
      const { catalogue } = open(source);
      const now = jest.spyOn(performance, 'now');
      const at = async (ms: number) => {
        now.mockReturnValue(ms);
        source.isSilent = true;
        await catalogue.find(NOVA);
        source.isSilent = false;
      };
      now.mockReturnValue(0);
      await catalogue.find(NOVA);
      await at(29_000);
      expect(source.asked).toBe(1);
      await at(31_000);
      expect(source.asked).toBe(2);
      now.mockRestore();
    });

    it('are stored only when they change', async () => {
      const store = new FakeStore();
      const source = new FakeSource();
      const { reader } = open(source, store);
      await reader.read(REGION);
      const before = store.writes;
      await reader.read(REGION);
      expect(store.writes).toBe(before);
      source.models = [...source.models, listedModel('amazon.nova-pro-v1:0')];
      await reader.read(REGION);
      expect(store.writes).toBe(before + 1);
    });
  });

  describe('what it makes of the account’s own', () => {
    const source = new FakeSource();
    source.resources = {
      'system-profiles': [
        profile(`us.${SONNET}`, ['us-east-1', 'us-west-2']),
        profile(`us.${NOVA}`, ['us-east-1', 'us-west-2']),
        profile(`global.${SONNET}`, ['', 'us-east-1', 'eu-west-1']),
      ],
      'application-profiles': [
        resource(`${ACCOUNT}:application-inference-profile/here`, [modelArn(NOVA)]),
        resource(`${ACCOUNT}:application-inference-profile/geo`, [modelArn(SONNET, 'us-west-2'), modelArn(SONNET)]),
        resource(`${ACCOUNT}:application-inference-profile/odd`, [modelArn(SONNET, 'us-west-2')]),
      ],
      'custom-models': [resource(`${ACCOUNT}:custom-model/imported/abc`, [modelArn(NOVA)])],
      'custom-deployments': [
        resource(`${ACCOUNT}:custom-model-deployment/named`, [`${ACCOUNT}:custom-model/${NOVA}:300k/abc`]),
        resource(`${ACCOUNT}:custom-model-deployment/joined`, [`${ACCOUNT}:custom-model/imported/abc`]),
        resource(`${ACCOUNT}:custom-model-deployment/unknown`, [`${ACCOUNT}:custom-model/imported/gone`]),
      ],
      'provisioned-throughputs': [resource(`${ACCOUNT}:provisioned-model/abc`, [modelArn(`${NOVA}:300k`)])],
      'prompt-routers': [
        resource(`${ACCOUNT}:default-prompt-router/amazon.nova:1`, [
          `${ACCOUNT}:inference-profile/us.${NOVA}`,
          modelArn('amazon.nova-pro-v1:0'),
        ]),
      ],
      'imported-models': [
        resource(`${ACCOUNT}:imported-model/llama`, [], { architecture: 'llama' }),
        resource(`${ACCOUNT}:imported-model/other`, [], { architecture: null }),
      ],
    };
    const { catalogue } = open(source);

    it.each([
      ['application-inference-profile/here', { baseId: NOVA, scope: 'in-region', destinations: [REGION] }],
      ['application-inference-profile/geo', { baseId: SONNET, scope: 'us', kind: 'chat' }],
      ['application-inference-profile/odd', { baseId: SONNET, scope: null, destinations: ['us-west-2'] }],
      ['custom-model-deployment/named', { baseId: NOVA, scope: 'in-region', kind: 'chat' }],
      ['custom-model-deployment/joined', { baseId: NOVA, scope: 'in-region' }],
      ['custom-model-deployment/unknown', { baseId: `${ACCOUNT}:custom-model-deployment/unknown`, scope: 'in-region' }],
      ['provisioned-model/abc', { baseId: NOVA, scope: 'in-region', provider: 'amazon' }],
      [
        'default-prompt-router/amazon.nova:1',
        { baseId: NOVA, otherBaseIds: ['amazon.nova-pro-v1:0'], scope: 'us', destinations: ['us-east-1', 'us-west-2'] },
      ],
      ['imported-model/llama', { provider: 'meta', kind: 'chat', scope: 'in-region' }],
      ['imported-model/other', { provider: 'imported', kind: 'chat' }],
    ])('knows %s', async (id, expected) => {
      expect(await found(catalogue, id)).toMatchObject({ invokeId: `${ACCOUNT}:${id}`, ...expected });
      expect(await found(catalogue, `${ACCOUNT}:${id}`)).toMatchObject(expected);
    });

    it('gives an imported model what its architecture can do, and no limits', async () => {
      const { capabilities } = (await found(catalogue, 'imported-model/llama')) ?? {};
      expect(capabilities).toMatchObject({ toolStreaming: false, contextWindowTokens: null, maxOutputTokens: null });
    });
  });

  describe('an id', () => {
    const source = new FakeSource();
    const nowS = Math.floor(Date.now() / 1000);
    source.models = [
      listedModel(NOVA),
      listedModel(SONNET, { onDemand: false }),
      listedModel('amazon.titan-text-express-v1', { lifecycle: 'LEGACY', endOfLifeAt: nowS + 30 * DAY_S }),
      listedModel('acme.gone-v1', { lifecycle: 'LEGACY', endOfLifeAt: Date.UTC(2026, 0, 31) / 1000 }),
      listedModel('acme.paint-v1', { outputModalities: ['IMAGE'] }),
    ];
    source.resources = {
      'system-profiles': [profile(`global.${SONNET}`, ['', REGION]), profile(`us.${SONNET}`, [REGION, 'us-west-2'])],
    };
    const { catalogue } = open(source);

    it('of a model that needs a profile leads to its profiles, the own geography first', async () => {
      const { choices } = await catalogue.find(SONNET);
      expect(choices.map(({ model }) => model.invokeId)).toEqual([`us.${SONNET}`, `global.${SONNET}`]);
    });

    it('of a model that has ended is told apart from one that never was', async () => {
      await expect(catalogue.find('us.anthropic.claude-3-haiku-20240307-v1:0')).rejects.toMatchObject({
        status: 404,
        code: 'model_not_found',
        message: expect.stringContaining('end of its life'),
      });
      await expect(catalogue.find('acme.gone-v1')).rejects.toThrow('on 2026-01-31');
      await expect(catalogue.find('acme.never-v1')).rejects.toThrow('does not exist');
    });

    it('tells lifecycle and kind', async () => {
      expect(await found(catalogue, 'amazon.titan-text-express-v1')).toMatchObject({
        kind: 'chat',
        lifecycle: { status: 'legacy', endOfLifeAt: nowS + 30 * DAY_S },
      });
      expect(await found(catalogue, 'acme.paint-v1')).toMatchObject({ kind: 'image' });
    });

    it('that is an ARN is called in the region that it names', async () => {
      const { choices } = await catalogue.find(`arn:aws:bedrock:eu-west-1::foundation-model/${NOVA}`);
      expect(choices.map(({ region }) => region)).toEqual(['eu-west-1']);
    });

    it.each([
      ['a thing of the account that is not there', 'imported-model/none'],
      ['letters that no id has', 'amazon nova'],
    ])('that is %s is unknown', async (_, id) => {
      await expect(catalogue.find(id)).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    });

    it.each([
      [`${ACCOUNT}:imported-model/new`, 'in-region'],
      [`${ACCOUNT}:application-inference-profile/new`, null],
      [`${ACCOUNT}:inference-profile/eu.${SONNET}`, 'eu'],
    ])('%s passes though no list holds it, with the scope %s', async (id, scope) => {
      expect(await found(catalogue, id)).toMatchObject({ invokeId: id, scope });
    });
  });
});
