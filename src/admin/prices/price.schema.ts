import { z } from 'zod';
import { toPicoUsdPerToken, toUsdPerMillion } from '../../billing/pricing/money.js';
import type { Price } from '../../billing/pricing/price.js';
import { queryTime, text } from '../http/fields.js';

/** A decimal as text, since a JSON number goes through binary floats in many clients; short numbers are taken, too. */
const usdPerMillion = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((value) => /^\d{1,9}(\.\d{1,6})?$/.test(value), 'must be a decimal such as "0.00875", with at most 6 places')
  .meta({ description: 'USD per million tokens.', examples: ['3', '0.00875'] });

const optionalUsdPerMillion = usdPerMillion.nullable().prefault(null);

const newPriceSchema = z.strictObject({
  tenant_id: text(64).nullable().prefault(null).describe("Null: everyone's price."),
  model: text(512).describe('Base model id without geography, or the ARN of an application inference profile.'),
  scope: z
    .string()
    .regex(/^[a-z][a-z_-]{1,15}$/)
    .describe('`in_region`, `global`, or the geography of the inference profile, for example `eu`.'),
  region: text(32).nullable().prefault(null).describe('Null: every region.'),
  tier: z.enum(['standard', 'priority', 'flex']).prefault('standard'),
  above_tokens: z.int().min(0).prefault(0).describe('The price of requests whose whole prompt is longer than this.'),
  effective_from: queryTime.optional().describe('Absent: now.'),
  source: text(256).prefault('admin').describe('Where the price was read.'),
  input: usdPerMillion,
  output: usdPerMillion,
  cache_read: optionalUsdPerMillion,
  cache_write_5m: optionalUsdPerMillion,
  cache_write_1h: optionalUsdPerMillion,
});

export const newPricesSchema = z
  .strictObject({ data: z.array(newPriceSchema).min(1).max(1_000) })
  .meta({ id: 'NewPrices' });
export type NewPricesBody = z.infer<typeof newPricesSchema>;

export const priceListQuerySchema = z.strictObject({ model: text(512).optional(), tenant_id: text(64).optional() });
export type PriceListQuery = z.infer<typeof priceListQuerySchema>;

function optional(amount: string | null): bigint | null {
  return amount === null ? null : toPicoUsdPerToken(amount);
}

function optionalText(amount: bigint | null): string | null {
  return amount === null ? null : toUsdPerMillion(amount);
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
      input: toPicoUsdPerToken(body.input),
      output: toPicoUsdPerToken(body.output),
      cacheRead: optional(body.cache_read),
      cacheWrite5m: optional(body.cache_write_5m),
      cacheWrite1h: optional(body.cache_write_1h),
    },
  }));
}

export function toPriceBody(price: Price) {
  return {
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
  };
}
