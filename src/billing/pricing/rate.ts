import type { TokenUsage } from '../../bedrock/upstream-attempt.js';
import type { PriceSubject } from './price.js';
import type { PriceBook } from './price-book.js';
import { toCost } from './to-cost.js';
import type { UsageEvent } from '../metering/usage-event.js';

/** The prices and the cost that stand on an event; amounts are decimal strings of pico-USD. */
export interface Rating {
  priceInput: string | null;
  priceOutput: string | null;
  priceCacheRead: string | null;
  priceCacheWrite5m: string | null;
  priceCacheWrite1h: string | null;
  /** For each of the event's units; absent where there are none or no price is known. */
  priceUnit?: string;
  costPicoUsd: string | null;
  /** True when the cost is not known. Never the same as free. */
  unpriced: boolean;
}

/** The most that the ledger's column holds, about nine million USD. More can only be a price in the wrong unit. */
const COST_MAX = 2n ** 63n - 1n;

function text(amount: bigint | null | undefined): string | null {
  return amount?.toString() ?? null;
}

/** What decides the cost of an event. */
type RatedFields = PriceSubject &
  TokenUsage &
  Pick<
    UsageEvent,
    'operation' | 'tenantId' | 'region' | 'resolvedModel' | 'occurredAt' | 'outcome' | 'statusCode' | 'usageReported'
  > &
  Partial<Pick<UsageEvent, 'unitKind' | 'unitCount'>>;

/** Bedrock bills no call that it answered with an error status. */
function wasRefused(event: RatedFields): boolean {
  return event.outcome === 'error' && !event.usageReported && (event.statusCode ?? 0) >= 400;
}

/** Rates an event by the prices of the moment at which its attempt began. */
export function rate(event: RatedFields, prices: PriceBook): Rating {
  const promptTokens =
    (event.inputTokens ?? 0) +
    (event.cacheReadTokens ?? 0) +
    (event.cacheWrite5mTokens ?? 0) +
    (event.cacheWrite1hTokens ?? 0);
  const question = { ...event, at: new Date(event.occurredAt) };
  const unit = prices.find({ ...question, promptTokens })?.unit;
  const priceUnit = event.unitKind === undefined ? null : prices.findUnit(question, event.unitKind);
  // An image is billed beside its text, a search beside its chat; the other units for themselves, whatever they hold.
  const isBeside = event.unitKind === 'image' || (event.unitKind === 'query' && event.operation === 'chat');
  const isTokenless = event.unitKind !== undefined && !isBeside;
  const tokenCost = isTokenless ? 0n : unit ? toCost(event, unit) : null;
  const unitCost = event.unitCount === undefined ? 0n : priceUnit && priceUnit * BigInt(event.unitCount);
  const known = tokenCost === null || unitCost === null ? null : tokenCost + unitCost;
  const cost = wasRefused(event) ? 0n : known !== null && known > COST_MAX ? null : known;
  return {
    priceInput: text(unit?.input),
    priceOutput: text(unit?.output),
    priceCacheRead: text(unit?.cacheRead),
    priceCacheWrite5m: text(unit?.cacheWrite5m),
    priceCacheWrite1h: text(unit?.cacheWrite1h),
    ...(priceUnit === null ? {} : { priceUnit: priceUnit.toString() }),
    costPicoUsd: text(cost),
    unpriced: cost === null,
  };
}
