import { assert, bigInt, nat, property, tuple } from 'fast-check';
import { usageEvent } from '../../../test/support/usage-samples.js';
import { toPicoUsd, toPicoUsdPerToken, toUsd, toUsdPerMillion } from './money.js';
import type { Price } from './price.js';
import { PriceBook, toPriceId } from './price-book.js';
import { rate } from './rate.js';
import { toCost } from './to-cost.js';
import { toPriceSubject } from './to-price-subject.js';

const NONE = { cacheReadTokens: null, cacheWrite5mTokens: null, cacheWrite1hTokens: null };
const SONNET = { model: 'anthropic.claude-sonnet-4-6', scope: 'global', tier: 'standard' };
const AT = new Date('2026-11-22T10:00:00Z');

function price(fields: Partial<Price>): Price {
  const unit = { input: 1n, output: 1n, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null };
  return {
    ...SONNET,
    tenantId: '',
    region: '',
    aboveTokens: 0,
    effectiveFrom: AT,
    source: 'test',
    unit,
    perUnit: {},
    ...fields,
  };
}

describe(toPicoUsdPerToken.name, () => {
  it.each([
    ['3', 3_000_000n],
    ['0.00875', 8_750n],
    ['0.000001', 1n],
    ['0', 0n],
  ])('keeps %s exactly', (decimal, pico) => {
    expect(toPicoUsdPerToken(decimal)).toBe(pico);
    expect(toUsdPerMillion(pico)).toBe(decimal);
  });

  it.each(['-1', '1e3', '', '0.0000001', '1,5'])('refuses %j', (decimal) => {
    expect(() => toPicoUsdPerToken(decimal)).toThrow(RangeError);
  });

  it('reads back every amount that it writes', () => {
    assert(
      property(bigInt(0n, 10n ** 20n), (pico) => {
        expect(toPicoUsd(toUsd(pico))).toBe(pico);
      }),
    );
  });
});

describe(toPriceSubject.name, () => {
  it.each([
    ['amazon.nova-micro-v1:0', 'amazon.nova-micro-v1:0', 'in_region'],
    ['us.amazon.nova-micro-v1:0', 'amazon.nova-micro-v1:0', 'us'],
    ['us-gov.anthropic.claude-sonnet-4-5', 'anthropic.claude-sonnet-4-5', 'us-gov'],
    ['global.anthropic.claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6', 'global'],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0', 'eu'],
    ['arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b', 'openai.gpt-oss-120b', 'in_region'],
    [
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12',
      'in_region',
    ],
  ])('bills %s as %s, %s', (invoked, model, scope) => {
    expect(toPriceSubject({ resolvedModel: invoked })).toEqual({ model, scope, tier: 'standard' });
  });

  it('bills what is behind an ARN where that is known', () => {
    const resolvedModel = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/ab12';
    const subject = (scope: string) =>
      toPriceSubject({ resolvedModel, behind: { model: 'amazon.nova-pro-v1:0', scope } });
    expect(subject('eu')).toEqual({ model: 'amazon.nova-pro-v1:0', scope: 'eu', tier: 'standard' });
    expect(subject('in-region').scope).toBe('in_region');
  });

  it('keeps the service tier, whose default is the standard one', () => {
    expect(toPriceSubject({ resolvedModel: 'x.y', serviceTier: 'default' }).tier).toBe('standard');
    expect(toPriceSubject({ resolvedModel: 'x.y', serviceTier: 'flex' }).tier).toBe('flex');
  });
});

const unit = { input: 3n, output: 15n, cacheRead: 1n, cacheWrite5m: 4n, cacheWrite1h: null };

function costOf([inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWrite5mTokens = 0]: number[]): bigint {
  const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens: null };
  return toCost(usage, unit) ?? -1n;
}

function day(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

describe(toCost.name, () => {
  it('sums every class at its own price', () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 20,
      cacheReadTokens: 30,
      cacheWrite5mTokens: 40,
      cacheWrite1hTokens: 0,
    };
    expect(toCost(usage, unit)).toBe(30n + 300n + 30n + 160n);
  });

  it('is unknown without reported usage, and where a class was used that has no price', () => {
    expect(toCost({ ...NONE, inputTokens: 10, outputTokens: null }, unit)).toBeNull();
    expect(toCost({ ...NONE, inputTokens: 10, outputTokens: 1, cacheWrite1hTokens: 1 }, unit)).toBeNull();
  });

  it('adds up: the cost of two usages is the cost of their sum', () => {
    const tokens = nat(2_000_000);
    const usage = tuple(tokens, tokens, tokens, tokens);
    assert(
      property(usage, usage, (a, b) => {
        const sum = a.map((count, index) => count + (b[index] ?? 0));
        expect(costOf(a) + costOf(b)).toBe(costOf(sum));
      }),
    );
  });
});

describe(PriceBook.name, () => {
  const question = { ...SONNET, tenantId: 'ten_1', region: 'us-east-1', at: AT, promptTokens: 10 };

  it('knows the list', () => {
    expect(new PriceBook().find(question)?.unit).toEqual({
      input: 3_000_000n,
      output: 15_000_000n,
      cacheRead: 300_000n,
      cacheWrite5m: 3_750_000n,
      cacheWrite1h: 6_000_000n,
    });
  });

  it('tells scopes and tiers apart, and has no price for what is not listed', () => {
    const book = new PriceBook();
    expect(book.find({ ...question, scope: 'eu' })?.unit.input).toBe(3_300_000n);
    expect(book.find({ ...question, scope: 'sa' })).toBeNull();
    expect(book.find({ ...question, tier: 'flex' })).toBeNull();
    expect(book.find({ ...question, model: 'nobody.knows' })).toBeNull();
    expect(book.find({ ...question, at: new Date('2020-01-01') })).toBeNull();
  });

  it.each([
    [100_000, 100_000n],
    [100_001, 500_000n],
  ])('prices the whole request by its prompt of %d tokens', (promptTokens, input) => {
    expect(new PriceBook().find({ ...question, model: 'anthropic.claude-haiku-5-5', promptTokens })?.unit.input).toBe(
      input,
    );
  });

  it('takes the latest price that holds, and ends the older steps with it', () => {
    const book = new PriceBook();
    book.replace([
      price({ effectiveFrom: day('2026-10-01'), source: 'october' }),
      price({ effectiveFrom: day('2026-10-01'), aboveTokens: 100, source: 'october, long' }),
      price({ effectiveFrom: day('2026-11-01'), source: 'november' }),
      price({ effectiveFrom: day('2027-01-01'), source: 'later' }),
    ]);
    const sourceAt = (at: Date, promptTokens: number) => book.find({ ...question, at, promptTokens })?.source;
    expect(sourceAt(day('2026-10-15'), 50)).toBe('october');
    expect(sourceAt(day('2026-10-15'), 101)).toBe('october, long');
    expect(sourceAt(AT, 101)).toBe('november');
    expect(sourceAt(day('2026-01-02'), 1)).toBe('list of 2026-11-22');
  });

  it('finds tokens and units apart: a price of one leaves the other as it was', () => {
    const image = { ...question, model: 'amazon.titan-embed-image-v1', scope: 'in_region' };
    const none = { input: null, output: null, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null };
    const subject = { model: image.model, scope: image.scope };
    const book = new PriceBook();
    expect([book.find(image)?.unit.input, book.findUnit(image, 'image')]).toEqual([800_000n, 60_000_000n]);
    book.replace([price({ ...subject, tenantId: 'ten_1', unit: none, perUnit: { image: 7n } })]);
    expect([book.find(image)?.unit.input, book.findUnit(image, 'image')]).toEqual([800_000n, 7n]);
    expect(book.findUnit({ ...image, tenantId: 'ten_2' }, 'image')).toBe(60_000_000n);
    expect(book.findUnit({ ...image, at: day('2026-11-21') }, 'image')).toBe(60_000_000n);
    expect(book.findUnit(image, 'query')).toBeNull();
    book.replace([price(subject)]);
    expect([book.find(image)?.unit.input, book.findUnit(image, 'image')]).toEqual([1n, 60_000_000n]);
  });

  it.each([
    ['cohere.embed-v4:0', 'global'],
    ['cohere.embed-v4:0', 'us'],
  ])('knows the price of %s through the profile %s', (model, scope) => {
    expect(new PriceBook().find({ ...question, model, scope })?.unit.input).toBe(120_000n);
  });

  it('puts the price of an ARN before that of the model behind it, for tokens and units apart', () => {
    const resolvedModel = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12';
    const behind = { ...question, resolvedModel };
    const book = new PriceBook();
    expect(book.find(behind)?.source).toBe('list of 2026-11-22');
    book.replace([
      price({ model: resolvedModel, scope: 'in_region', source: 'own' }),
      price({ tenantId: 'ten_1', source: 'of the model' }),
    ]);
    expect(book.find(behind)?.source).toBe('own');
    expect(book.find({ ...behind, resolvedModel: `${resolvedModel}x` })?.source).toBe('of the model');
    expect(book.findUnit({ ...behind, model: 'amazon.titan-embed-image-v1', scope: 'in_region' }, 'image')).toBe(
      60_000_000n,
    );
  });

  it("puts a tenant's own price before a region's, and both before everyone's", () => {
    const book = new PriceBook();
    book.replace([
      price({ source: 'everyone' }),
      price({ region: 'us-east-1', source: 'region' }),
      price({ tenantId: 'ten_2', source: 'other tenant' }),
    ]);
    expect(book.find(question)?.source).toBe('region');
    expect(book.find({ ...question, region: 'eu-west-1' })?.source).toBe('everyone');
    book.replace([price({ region: 'us-east-1', source: 'region' }), price({ tenantId: 'ten_1', source: 'own' })]);
    expect(book.find(question)?.source).toBe('own');
  });
});

describe(rate.name, () => {
  const book = new PriceBook();

  it('puts the unit prices and the cost on the event', () => {
    expect(rate(usageEvent({ inputTokens: 1000, outputTokens: 100 }), book)).toMatchObject({
      priceInput: '3000000',
      priceOutput: '15000000',
      costPicoUsd: '4500000000',
      unpriced: false,
    });
  });

  it.each([
    ['an unknown model', { model: 'nobody.knows' }],
    [
      'unreported usage',
      { inputTokens: null, outputTokens: null, usageReported: false, outcome: 'truncated' as const },
    ],
  ])('flags %s as unpriced instead of free', (_, fields) => {
    expect(rate(usageEvent(fields), book)).toMatchObject({ costPicoUsd: null, unpriced: true });
  });

  it('flags as unpriced what costs more than the ledger can hold', () => {
    const dear = new PriceBook();
    dear.replace([price({ ...SONNET, unit: { ...price({}).unit, input: 10n ** 15n } })]);
    const fields = { ...SONNET, outputTokens: 0, ...NONE };
    expect(rate(usageEvent({ ...fields, inputTokens: 9_223 }), dear).costPicoUsd).toBe('9223000000000000000');
    const tooMuch = rate(usageEvent({ ...fields, inputTokens: 9_224 }), dear);
    expect(tooMuch).toMatchObject({ costPicoUsd: null, unpriced: true });
  });

  it('bills a query for itself, without tokens', () => {
    const query = {
      operation: 'rerank',
      inputTokens: null,
      outputTokens: null,
      usageReported: false,
      unitKind: 'query',
      unitCount: 3,
    } as const;
    expect(rate(usageEvent({ ...query, model: 'cohere.rerank-v3-5:0', scope: 'in_region' }), book)).toMatchObject({
      priceUnit: '2000000000',
      costPicoUsd: '6000000000',
      unpriced: false,
    });
    const unknown = rate(usageEvent({ ...query, model: 'nobody.knows' }), book);
    expect(unknown).toMatchObject({ costPicoUsd: null, unpriced: true });
    expect(unknown).not.toHaveProperty('priceUnit');
  });

  it('bills a search beside the chat that made it', () => {
    const chat = { inputTokens: 1000, outputTokens: 100 };
    const alone = rate(usageEvent(chat), book).costPicoUsd ?? '';
    const search = usageEvent({ ...chat, unitKind: 'query', unitCount: 2 });
    expect(rate(search, book)).toMatchObject({ costPicoUsd: null, unpriced: true });
    const priced = Object.assign(Object.create(book) as PriceBook, { findUnit: () => 5n });
    expect(rate(search, priced)).toMatchObject({ costPicoUsd: String(BigInt(alone) + 10n), unpriced: false });
    const unreported = { inputTokens: null, outputTokens: null, usageReported: false };
    expect(rate({ ...search, ...unreported }, priced)).toMatchObject({ costPicoUsd: null, unpriced: true });
  });

  it('bills an image beside its text, and does not call it free where its price is not known', () => {
    const image = { inputTokens: 10, outputTokens: 0, unitKind: 'image', unitCount: 1, scope: 'in_region' } as const;
    expect(rate(usageEvent({ ...image, model: 'amazon.titan-embed-image-v1' }), book)).toMatchObject({
      costPicoUsd: String(10 * 800_000 + 60_000_000),
      unpriced: false,
    });
    expect(rate(usageEvent({ ...image, model: 'amazon.titan-embed-text-v2:0' }), book).unpriced).toBe(true);
  });

  it('knows that a refused call costs nothing, even of a model without a price', () => {
    const refused = { inputTokens: null, outputTokens: null, usageReported: false, outcome: 'error' as const };
    expect(rate(usageEvent({ ...refused, statusCode: 429 }), book)).toMatchObject({
      costPicoUsd: '0',
      unpriced: false,
    });
    expect(rate(usageEvent({ ...refused, statusCode: null }), book)).toMatchObject({
      costPicoUsd: null,
      unpriced: true,
    });
  });
});

describe(toPriceId.name, () => {
  it('tells every price of the list apart, and one that was set beside it', () => {
    const book = new PriceBook();
    const listed = book.list({ limit: 10_000 })?.items ?? [];
    const [first] = listed;
    if (!first) throw new Error('The list is empty.');
    const set = { ...first, effectiveFrom: new Date('2026-02-01Z'), source: 'admin' };
    book.replace([set]);
    const all = book.list({ limit: 10_000 })?.items ?? [];
    expect(all).toHaveLength(listed.length + 1);
    expect(new Set(all.map(toPriceId)).size).toBe(all.length);
  });
});
