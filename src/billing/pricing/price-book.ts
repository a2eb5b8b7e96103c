import { LIST_PRICES } from './list-prices.js';
import { toPicoUsdPerToken } from './money.js';
import type { Price, PriceSubject } from './price.js';

/** The list is taken to hold for the whole year in which it was made. */
const LIST_EFFECTIVE_FROM = new Date('2026-01-01T00:00:00Z');
const LIST_SOURCE = 'list of 2026-11-22';

function optional(usdPerMillion: string | null): bigint | null {
  return usdPerMillion === null ? null : toPicoUsdPerToken(usdPerMillion);
}

const BUILT_IN: readonly Price[] = LIST_PRICES.map(
  ([model, scope, tier, aboveTokens, input, output, cacheRead, cacheWrite5m, cacheWrite1h]) => ({
    tenantId: '',
    model,
    scope,
    region: '',
    tier,
    aboveTokens,
    effectiveFrom: LIST_EFFECTIVE_FROM,
    source: LIST_SOURCE,
    unit: {
      input: toPicoUsdPerToken(input),
      output: toPicoUsdPerToken(output),
      cacheRead: optional(cacheRead),
      cacheWrite5m: optional(cacheWrite5m),
      cacheWrite1h: optional(cacheWrite1h),
    },
  }),
);

/** What a call is rated by. */
export interface PriceQuestion extends PriceSubject {
  tenantId: string;
  region: string;
  at: Date;
  /** Input, cache read and cache write tokens together. */
  promptTokens: number;
}

function keyOf(price: PriceSubject, tenantId: string, region: string): string {
  return JSON.stringify([tenantId, price.model, price.scope, price.tier, region]);
}

/** Every price, in memory: rating a call asks nobody. */
export class PriceBook {
  private groups = new Map<string, Price[]>();

  constructor() {
    this.replace([]);
  }

  /** Takes these prices beside the built-in list; one of the same moment goes before the list's. */
  replace(stored: readonly Price[]): void {
    const groups = Map.groupBy([...stored, ...BUILT_IN], (price) => keyOf(price, price.tenantId, price.region));
    for (const prices of groups.values()) {
      // Stable, so that of two prices of one moment and step the stored one comes first.
      prices.sort((a, b) => b.effectiveFrom.getTime() - a.effectiveFrom.getTime() || b.aboveTokens - a.aboveTokens);
    }
    this.groups = groups;
  }

  /** Every price, past and future ones too, of one model or of one tenant where that is asked for. */
  list(model?: string, tenantId?: string): Price[] {
    return [...this.groups.values()]
      .flat()
      .filter((price) => (model ?? price.model) === price.model && (tenantId ?? price.tenantId) === price.tenantId);
  }

  /** The tenant's own price before everyone's, the region's before every region's; null when there is none. */
  find({ promptTokens, ...question }: PriceQuestion): Price | null {
    const steps = this.listSteps(question);
    return steps.find((price) => price.aboveTokens === 0 || promptTokens > price.aboveTokens) ?? null;
  }

  /** The price that `find` takes, with all its steps, the longest prompts first. A newer price ends all older steps. */
  listSteps(question: Omit<PriceQuestion, 'promptTokens'>): Price[] {
    for (const tenantId of [question.tenantId, '']) {
      for (const region of [question.region, '']) {
        const prices = this.groups.get(keyOf(question, tenantId, region)) ?? [];
        const latest = prices.find((price) => price.effectiveFrom <= question.at)?.effectiveFrom.getTime();
        if (latest !== undefined) {
          return prices.filter((price) => price.effectiveFrom.getTime() === latest);
        }
      }
    }
    return [];
  }
}
