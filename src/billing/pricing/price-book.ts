import { createHash } from 'node:crypto';
import type { UnitKind } from '../../bedrock/upstream-attempt.js';
import type { Page } from '../../tenants/tenant.js';
import { LIST_PRICES } from './list-prices.js';
import { toPicoUsd, toPicoUsdPerToken } from './money.js';
import { type Price, type PriceSubject, UNIT_KINDS, type UnitPrices } from './price.js';
import { LIST_UNIT_PRICES } from './unit-prices.js';

/** The list is taken to hold for the whole year in which it was made. */
const LIST_EFFECTIVE_FROM = new Date('2026-01-01T00:00:00Z');
const LIST_SOURCE = 'list of 2026-11-22';
const LISTED = { tenantId: '', region: '', effectiveFrom: LIST_EFFECTIVE_FROM, source: LIST_SOURCE };
const NO_TOKENS: UnitPrices = { input: null, output: null, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null };

function optional(usdPerMillion: string | null): bigint | null {
  return usdPerMillion === null ? null : toPicoUsdPerToken(usdPerMillion);
}

const BUILT_IN: readonly Price[] = [
  ...LIST_PRICES.map(
    ([model, scope, tier, aboveTokens, input, output, cacheRead, cacheWrite5m, cacheWrite1h]): Price => ({
      ...LISTED,
      model,
      scope,
      tier,
      aboveTokens,
      unit: {
        input: toPicoUsdPerToken(input),
        output: toPicoUsdPerToken(output),
        cacheRead: optional(cacheRead),
        cacheWrite5m: optional(cacheWrite5m),
        cacheWrite1h: optional(cacheWrite1h),
      },
      perUnit: {},
    }),
  ),
  ...LIST_UNIT_PRICES.map(([model, scope, kind, usd]): Price => ({
    ...LISTED,
    model,
    scope,
    tier: 'standard',
    aboveTokens: 0,
    unit: NO_TOKENS,
    perUnit: { [kind]: toPicoUsd(usd) },
  })),
];

/** What a call is rated by. */
export interface PriceQuestion extends PriceSubject {
  tenantId: string;
  region: string;
  /** The id or ARN that is sent to Bedrock: a price of its own goes before that of the model behind it. */
  resolvedModel?: string;
  at: Date;
  /** Input, cache read and cache write tokens together. */
  promptTokens: number;
}

/** What one price names: the tokens, or units of one kind. Each has prices of its own time. */
type Part = 'tokens' | UnitKind;

function partsOf({ unit, perUnit }: Price): Part[] {
  const units = UNIT_KINDS.filter((kind) => perUnit[kind] !== undefined);
  return unit.input === null ? units : ['tokens', ...units];
}

function keyOf(part: Part, price: PriceSubject, tenantId: string, region: string): string {
  return JSON.stringify([part, tenantId, price.model, price.scope, price.tier, region]);
}

/** Which prices are listed. */
interface PricePageRequest {
  model?: string | undefined;
  tenantId?: string | undefined;
  /** Id of the last price of the page before. */
  after?: string | undefined;
  limit: number;
}

/** What a price holds for, and since when: no two that were set have the same. Of the list's, units stand beside tokens. */
export function toPriceId(price: Price): string {
  const { tenantId, model, scope, region, tier, aboveTokens, effectiveFrom, source } = price;
  const subject = [tenantId, model, scope, region, tier, aboveTokens, effectiveFrom, source, partsOf(price)];
  return `price_${createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, 32)}`;
}

/** Every price, in memory: rating a call asks nobody. */
export class PriceBook {
  private prices: readonly Price[] = [];
  private groups = new Map<string, Price[]>();

  constructor() {
    this.replace([]);
  }

  /** Takes these prices beside the built-in list; one of the same moment goes before the list's. */
  replace(stored: readonly Price[]): void {
    const groups = new Map<string, Price[]>();
    const prices = [...stored, ...BUILT_IN];
    for (const price of prices) {
      for (const part of partsOf(price)) {
        const key = keyOf(part, price, price.tenantId, price.region);
        const group = groups.get(key) ?? [];
        group.push(price);
        groups.set(key, group);
      }
    }
    for (const group of groups.values()) {
      // Stable, so that of two prices of one moment and step the stored one comes first.
      group.sort((a, b) => b.effectiveFrom.getTime() - a.effectiveFrom.getTime() || b.aboveTokens - a.aboveTokens);
    }
    this.prices = prices;
    this.groups = groups;
  }

  /**
   * A page of all prices, past and future ones too, of one model or of one tenant where that is asked for; those that were
   * set first, then the list. Null when `after` is the id of none of them.
   */
  list({ model, tenantId, after, limit }: PricePageRequest): Page<Price> | null {
    const asked = this.prices.filter(
      (price) => (model ?? price.model) === price.model && (tenantId ?? price.tenantId) === price.tenantId,
    );
    const start = after === undefined ? 0 : asked.findIndex((price) => toPriceId(price) === after) + 1;
    if (after !== undefined && start === 0) return null;
    return { items: asked.slice(start, start + limit), hasMore: asked.length > start + limit };
  }

  /** An ARN's price before its model's, the tenant's before everyone's, the region's before every region's; null when none. */
  find({ promptTokens, ...question }: PriceQuestion): Price | null {
    const steps = this.listSteps(question);
    return steps.find((price) => price.aboveTokens === 0 || promptTokens > price.aboveTokens) ?? null;
  }

  /** Pico-USD for one unit, found as a token price is; null where none is known, which is not the same as free. */
  findUnit(question: Omit<PriceQuestion, 'promptTokens'>, kind: UnitKind): bigint | null {
    return this.latest(kind, question)[0]?.perUnit[kind] ?? null;
  }

  /** The price that `find` takes, with all its steps, the longest prompts first. A newer price ends all older steps. */
  listSteps(question: Omit<PriceQuestion, 'promptTokens'>): Price[] {
    return this.latest('tokens', question);
  }

  private latest(part: Part, question: Omit<PriceQuestion, 'promptTokens'>): Price[] {
    const { resolvedModel } = question;
    const own =
      resolvedModel?.startsWith('arn:') === true && resolvedModel !== question.model
        ? this.latestOf(part, { ...question, model: resolvedModel, scope: 'in_region' })
        : [];
    return own.length > 0 ? own : this.latestOf(part, question);
  }

  private latestOf(part: Part, question: Omit<PriceQuestion, 'promptTokens'>): Price[] {
    for (const tenantId of [question.tenantId, '']) {
      for (const region of [question.region, '']) {
        const prices = this.groups.get(keyOf(part, question, tenantId, region)) ?? [];
        const latest = prices.find((price) => price.effectiveFrom <= question.at)?.effectiveFrom.getTime();
        if (latest !== undefined) {
          return prices.filter((price) => price.effectiveFrom.getTime() === latest);
        }
      }
    }
    return [];
  }
}
