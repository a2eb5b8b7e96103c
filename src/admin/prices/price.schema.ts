import { z } from 'zod';
import { toPicoUsd, toPicoUsdPerToken, toUsd, toUsdPerMillion } from '../../billing/pricing/money.js';
import { toPriceId } from '../../billing/pricing/price-book.js';
import { type PerUnitPrices, type Price, UNIT_KINDS } from '../../billing/pricing/price.js';
import { listOf, pageQuerySchema, queryTime, text, time } from '../http/fields.js';

/** A decimal as text, since a JSON number goes through binary floats in many clients; short numbers are taken, too. */
const usdPerMillion = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine(
    (value) => /^\d{1,5}(\.\d{1,6})?$/.test(value),
    'must be a decimal below 100,000 such as "0.00875", with at most 6 places',
  )
  .meta({ description: 'USD per million tokens.', examples: ['3', '0.00875'] });

const optionalUsdPerMillion = usdPerMillion.nullable().prefault(null);

const usdPerUnit = (unit: string) =>
  z
    .union([z.string(), z.number()])
    .transform(String)
    .refine(
      (value) => /^\d{1,4}(\.\d{1,12})?$/.test(value),
      'must be a decimal below 10,000 such as "0.002", with at most 12 places',
    )
    .nullable()
    .prefault(null)
    .describe(`USD for ${unit}.`);

const newPriceFields = z.strictObject({
  tenant_id: text(64).nullable().prefault(null).describe("Null: everyone's price."),
  model: text(512).describe('Base model id without geography, or an ARN of the account with the scope `in_region`.'),
  scope: z
    .string()
    .regex(/^[a-z][a-z_-]{1,15}$/)
    .describe('`in_region`, `global`, or the geography of the inference profile, for example `eu`.'),
  region: text(32).nullable().prefault(null).describe('Null: every region.'),
  tier: z.enum(['standard', 'priority', 'flex']).prefault('standard'),
  above_tokens: z
    .int()
    .min(0)
    .max(100_000_000)
    .prefault(0)
    .describe('The price of requests whose whole prompt is longer than this.'),
  effective_from: queryTime.optional().describe('Absent: now.'),
  source: text(256).prefault('admin').describe('Where the price was read.'),
  input: optionalUsdPerMillion,
  output: optionalUsdPerMillion,
  cache_read: optionalUsdPerMillion,
  cache_write_5m: optionalUsdPerMillion,
  cache_write_1h: optionalUsdPerMillion,
  per_query: usdPerUnit('a rerank query of up to 100 documents'),
  per_image: usdPerUnit('an image beside its text'),
  per_text_unit: usdPerUnit('1,000 characters that a guardrail checks; `model` is the id of the guardrail'),
  per_request: usdPerUnit('a call, whatever it holds'),
});

/** A price names tokens, units or both; what it leaves out keeps the price that it had. */
const newPriceSchema = newPriceFields.superRefine((price, context) => {
  const tokens = [price.input, price.output, price.cache_read, price.cache_write_5m, price.cache_write_1h];
  const units = [price.per_query, price.per_image, price.per_text_unit, price.per_request];
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  if (tokens.some((amount) => amount !== null) && (price.input === null || price.output === null)) {
    refuse(price.input === null ? 'input' : 'output', 'tokens are priced with input and output together');
  }
  if (price.above_tokens > 0 && units.some((amount) => amount !== null)) {
    refuse('above_tokens', 'a price of units does not depend on the length of the prompt');
  }
  if ([...tokens, ...units].every((amount) => amount === null)) {
    refuse('input', 'must be set, or a price of units');
  }
});

export const newPricesSchema = z
  .strictObject({ data: z.array(newPriceSchema).min(1).max(1_000) })
  .meta({ id: 'NewPrices' });
export type NewPricesBody = z.infer<typeof newPricesSchema>;

const shown = z.string().nullable();
const priceSchema = z
  .object({
    id: z.string(),
    object: z.literal('price'),
    tenant_id: z.string().nullable(),
    model: z.string(),
    scope: z.string(),
    region: z.string().nullable(),
    tier: z.string(),
    above_tokens: z.int(),
    effective_from: time,
    source: z.string(),
    input: shown.describe('USD per million tokens, as are the other classes of tokens. Null: not priced here.'),
    output: shown,
    cache_read: shown,
    cache_write_5m: shown,
    cache_write_1h: shown,
    per_query: shown.describe('USD each, as are the other units.'),
    per_image: shown,
    per_text_unit: shown,
    per_request: shown,
  })
  .meta({ id: 'Price' });
export const priceListSchema = listOf(priceSchema).meta({ id: 'PriceList' });

export const priceListQuerySchema = pageQuerySchema
  .extend({ model: text(512).optional(), tenant_id: text(64).optional() })
  .strict();
export type PriceListQuery = z.infer<typeof priceListQuerySchema>;

function optional(amount: string | null): bigint | null {
  return amount === null ? null : toPicoUsdPerToken(amount);
}

function optionalText(amount: bigint | null): string | null {
  return amount === null ? null : toUsdPerMillion(amount);
}

const UNIT_FIELDS = {
  query: 'per_query',
  image: 'per_image',
  text_unit: 'per_text_unit',
  request: 'per_request',
} as const;

function toPerUnit(body: NewPricesBody['data'][number]): PerUnitPrices {
  return Object.fromEntries(
    UNIT_KINDS.flatMap((kind) => {
      const usd = body[UNIT_FIELDS[kind]];
      return usd === null ? [] : [[kind, toPicoUsd(usd)]];
    }),
  );
}

function unitText(perUnit: PerUnitPrices, kind: (typeof UNIT_KINDS)[number]): string | null {
  const amount = perUnit[kind];
  return amount === undefined ? null : toUsd(amount);
}

export function toPrices({ data }: NewPricesBody, now: Date): Price[] {
  return data.map((body) => ({
    tenantId: body.tenant_id ?? '',
    model: body.model,
    scope: body.scope,
    region: body.region ?? '',
    tier: body.tier,
    aboveTokens: body.above_tokens,
    effectiveFrom: body.effective_from ?? now,
    source: body.source,
    unit: {
      input: optional(body.input),
      output: optional(body.output),
      cacheRead: optional(body.cache_read),
      cacheWrite5m: optional(body.cache_write_5m),
      cacheWrite1h: optional(body.cache_write_1h),
    },
    perUnit: toPerUnit(body),
  }));
}

export function toPriceBody(price: Price) {
  return {
    id: toPriceId(price),
    object: 'price' as const,
    tenant_id: price.tenantId || null,
    model: price.model,
    scope: price.scope,
    region: price.region || null,
    tier: price.tier,
    above_tokens: price.aboveTokens,
    effective_from: price.effectiveFrom,
    source: price.source,
    input: optionalText(price.unit.input),
    output: optionalText(price.unit.output),
    cache_read: optionalText(price.unit.cacheRead),
    cache_write_5m: optionalText(price.unit.cacheWrite5m),
    cache_write_1h: optionalText(price.unit.cacheWrite1h),
    per_query: unitText(price.perUnit, 'query'),
    per_image: unitText(price.perUnit, 'image'),
    per_text_unit: unitText(price.perUnit, 'text_unit'),
    per_request: unitText(price.perUnit, 'request'),
  };
}
