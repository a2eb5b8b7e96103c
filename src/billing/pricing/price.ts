import type { UnitKind } from '../../bedrock/upstream-attempt.js';

/** The token classes that Bedrock bills apart. */
export const TOKEN_CLASSES = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Pico-USD per token; null where no price is known, which is not the same as free. */
export type UnitPrices = Readonly<Record<TokenClass, bigint | null>>;

/** What can be billed that is no token. */
export const UNIT_KINDS = ['query', 'image', 'text_unit', 'request'] as const satisfies readonly UnitKind[];

/** Pico-USD for each unit; a kind that is absent has no known price. */
export type PerUnitPrices = Readonly<Partial<Record<UnitKind, bigint>>>;

/** What one price is for. */
export interface PriceSubject {
  /** Base model id without geography, or the ARN of a profile that hides it. */
  model: string;
  /** `in_region`, `global`, or the geography of the inference profile, for example `eu`. */
  scope: string;
  /** `standard`, `priority` or `flex`. */
  tier: string;
}

/**
 * A price from a moment on, until a later one for the same takes its place. It may name the tokens, units or both;
 * what it does not name keeps the price that it had.
 */
export interface Price extends PriceSubject {
  /** Empty: everyone's. A tenant's own price goes before it. */
  tenantId: string;
  /** Empty: every region. A region's own price goes before it. */
  region: string;
  /** The price of the whole request when its prompt, cached tokens included, is longer than this. */
  aboveTokens: number;
  effectiveFrom: Date;
  source: string;
  /** Of tokens; all null where the price names only units. */
  unit: UnitPrices;
  perUnit: PerUnitPrices;
}
