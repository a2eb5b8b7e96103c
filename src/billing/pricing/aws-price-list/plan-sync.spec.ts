import { bulkFile, getProducts, type SampleRow } from '../../../../test/support/price-list.js';
import { findModel } from './model-names.js';
import { toOfferRows } from './offer-rows.js';
import { planSync } from './plan-sync.js';

const AT = new Date('2026-11-22T10:00:00Z');
const BEDROCK = 'AmazonBedrock';
const MARKETPLACE = 'AmazonBedrockFoundationModels';
const nova = { model: 'Nova Lite', provider: 'Amazon', feature: 'On-demand Inference' };
const sonnet = { servicename: 'Claude Sonnet 4.6 (Amazon Bedrock Edition)' };

const plan = (service: string, rows: readonly SampleRow[]) => planSync(toOfferRows(bulkFile(service, rows)), [], AT);
const reasonOf = (service: string, row: SampleRow) => {
  const { lines, ignored } = plan(service, [row]);
  return ignored === 1 ? 'ignored' : lines.map(({ change, price }) => `${change}: ${price}`).join();
};

describe(planSync.name, () => {
  it('finds the known prices of AmazonBedrock unchanged, in both shapes of the list', () => {
    const rows = [
      {
        usagetype: 'USE1-NovaLite-input-tokens',
        usd: '0.0000600000',
        attributes: { ...nova, inferenceType: 'Input tokens' },
      },
      {
        usagetype: 'USE1-NovaLite-output-tokens',
        usd: '0.00024',
        attributes: { ...nova, inferenceType: 'Output tokens' },
      },
    ];
    for (const file of [bulkFile(BEDROCK, rows), getProducts(BEDROCK, rows)]) {
      expect(planSync(toOfferRows(file), [], AT)).toEqual({ lines: [], prices: [], unchanged: 2, ignored: 0 });
    }
  });

  it('tells what has changed, and carries over what the list does not name', () => {
    const { lines, prices } = plan(MARKETPLACE, [
      { usagetype: 'USE1-MP:USE1_InputTokenCount_Global-Units', usd: '2.7', unit: 'Units', attributes: sonnet },
    ]);
    expect(lines).toEqual([
      {
        change: 'changed',
        model: 'anthropic.claude-sonnet-4-6',
        scope: 'global',
        region: 'us-east-1',
        tier: 'standard',
        price: 'input',
        before: '3',
        after: '2.7',
        usage_type: 'USE1-MP:USE1_InputTokenCount_Global-Units',
      },
    ]);
    expect(prices).toMatchObject([
      {
        source: 'aws-price-list',
        region: 'us-east-1',
        unit: { input: 2_700_000n, output: 15_000_000n, cacheRead: 300_000n, cacheWrite1h: 6_000_000n },
      },
    ]);
  });

  it('prices the geography as its region where the vendor does, and tells tiers and cache classes apart', () => {
    const units = { unit: 'Units', attributes: sonnet };
    const { lines } = plan(MARKETPLACE, [
      { usagetype: 'MP:USE1_input_tokens_standard-Units', usd: '3.5', ...units },
      { usagetype: 'MP:USE1_CacheWrite1hInputTokenCount-Units', usd: '7', ...units },
    ]);
    expect(lines.map(({ scope, price, after }) => `${scope} ${price} ${after}`)).toEqual([
      'in_region input 3.5',
      'in_region cacheWrite1h 7',
      'us input 3.5',
      'us cacheWrite1h 7',
    ]);
    const tiers = plan(BEDROCK, [
      { usagetype: 'USE1-openai.gpt-oss-120b-1:0-input-tokens-priority', usd: '0.0003' },
      { usagetype: 'USE1-openai.gpt-oss-120b-1:0-output-tokens-flex', usd: '0.0004' },
    ]);
    expect(tiers.lines).toMatchObject([
      { tier: 'priority', price: 'input', before: '0.2625', after: '0.3' },
      { tier: 'flex', price: 'output', before: '0.3', after: '0.4' },
    ]);
  });

  it('writes all steps of a price whose long context has changed', () => {
    const luna = { servicename: 'GPT-6 Luna (Amazon Bedrock Edition)' };
    const { lines, prices } = plan(MARKETPLACE, [
      {
        usagetype: 'USE1-MP:USE1_input_tokens_global_standard_long_ctx-Units',
        usd: '0.3',
        unit: 'Units',
        attributes: luna,
      },
    ]);
    expect(lines).toMatchObject([
      { model: 'openai.gpt-6-luna', price: 'input above 272000', before: '0.2', after: '0.3' },
    ]);
    expect(prices.map(({ aboveTokens, unit }) => [aboveTokens, unit.input])).toEqual([
      [272_000, 300_000n],
      [0, 100_000n],
    ]);
  });

  it('prices rerank by the query', () => {
    const row = {
      usagetype: 'USE1-MP:SearchUnits',
      usd: '2.5',
      unit: '1K queries',
      attributes: { servicename: 'Cohere Rerank 3.5' },
    };
    expect(plan(MARKETPLACE, [row]).prices).toMatchObject([
      { model: 'cohere.rerank-v3-5:0', perUnit: { query: 2_500_000_000n } },
    ]);
  });

  it("leaves a tenant's own price out, and compares with what operators have set for everyone", () => {
    const rows = [{ usagetype: 'USE1-NovaLite-input-tokens', usd: '0.00006', attributes: nova }];
    const own = {
      model: 'amazon.nova-lite-v1:0',
      scope: 'in_region',
      region: '',
      tier: 'standard',
      aboveTokens: 0,
      effectiveFrom: new Date('2026-10-01'),
      source: 'x',
      perUnit: {},
      unit: { input: 1n, output: 1n, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null },
    };
    const { lines } = planSync(toOfferRows(bulkFile(BEDROCK, rows)), [{ ...own, tenantId: '' }], AT);
    expect(lines).toMatchObject([{ change: 'changed', before: '0.000001' }]);
    expect(planSync(toOfferRows(bulkFile(BEDROCK, rows)), [{ ...own, tenantId: 'ten_1' }], AT).lines).toEqual([]);
  });

  it.each<[string, SampleRow, string]>([
    ['a batch', { usagetype: 'USE1-NovaLite-input-tokens-batch', usd: '1', attributes: nova }, 'ignored'],
    ['provisioned throughput', { usagetype: 'USE1-ProvisionedThroughput-ModelUnits', usd: '1' }, 'ignored'],
    [
      'an unknown model',
      { usagetype: 'USE1-Nova9-input-tokens', usd: '1', attributes: { model: 'Nova 9' } },
      'unmapped: no model of this name',
    ],
    [
      'a similar name',
      { usagetype: 'USE1-x-input-tokens', usd: '1', attributes: { model: 'Mistral 7B' } },
      'unmapped: no model of this name',
    ],
    [
      'a guardrail',
      { usagetype: 'USE1-Guardrail-ContentPolicyUnitsConsumed', usd: '1' },
      'unmapped: not tokens of a chat or embedding model',
    ],
    [
      'an unknown unit',
      { usagetype: 'USE1-NovaLite-input-tokens', usd: '1', unit: 'hours', attributes: nova },
      "unmapped: unit 'hours' at 1 USD",
    ],
    [
      'a price of nothing',
      { usagetype: 'USE1-NovaLite-input-tokens', usd: '0.0000000000', attributes: nova },
      "unmapped: unit '1K tokens' at 0.0000000000 USD",
    ],
    [
      'a price too fine',
      { usagetype: 'USE1-NovaLite-input-tokens', usd: '0.00000000001', attributes: nova },
      "unmapped: unit '1K tokens' at 0.00000000001 USD",
    ],
    [
      'an unknown long context',
      { usagetype: 'USE1-NovaLite-input-tokens-long-context', usd: '1', attributes: nova },
      'unmapped: not known from which length on',
    ],
    [
      'something not counted',
      { usagetype: 'USE1-NovaLite-other', usd: '1', attributes: nova },
      'unmapped: not known what it counts',
    ],
  ])('never guesses: %s', (_, row, expected) => {
    expect(reasonOf(BEDROCK, row)).toBe(expected);
  });

  it('takes neither of two prices for one thing', () => {
    const { lines, prices } = plan(BEDROCK, [
      { usagetype: 'USE1-NovaLite-input-tokens', usd: '0.1', attributes: nova },
      { usagetype: 'USE1-NovaLite-text-input-tokens', usd: '0.2', attributes: nova },
    ]);
    expect([prices, lines.map(({ change }) => change)]).toEqual([[], ['unmapped', 'unmapped']]);
  });

  it('takes no input without an output of a model that it does not know the price of', () => {
    const row = { usagetype: 'APS1-x-input-tokens-flex', usd: '1', attributes: { ...nova, service_tier: 'flex' } };
    expect(reasonOf(BEDROCK, row)).toBe('unmapped: input without output, or the reverse');
  });
});

describe(toOfferRows.name, () => {
  it.each([[{}], [[]], [{ PriceList: ['not json'] }], [{ offerCode: 'x' }]])('refuses %j', (json) => {
    expect(() => toOfferRows(json)).toThrow(Error);
  });
});

describe(findModel.name, () => {
  it.each([
    ['Claude Opus 4.8 (Amazon Bedrock Edition)', 'anthropic.claude-opus-4-8'],
    ['Nova Micro', 'amazon.nova-micro-v1:0'],
    ['Claude 3.5 Sonnet', undefined],
    ['Claude 3.5 Sonnet v2', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['', undefined],
  ])('reads %j as %s', (name, id) => {
    expect(findModel(name)).toBe(id);
  });
});
