import { toUsd, toUsdPerMillion } from '../money.js';
import type { Price, UnitPrices } from '../price.js';
import { PriceBook } from '../price-book.js';
import type { OfferRow } from './offer-rows.js';
import { type ListedPrice, toListedPrice } from './to-listed-price.js';

/** One line of the difference between the price list and what the gateway knows. */
export interface SyncLine {
  change: 'new' | 'changed' | 'unmapped';
  model: string | null;
  scope: string | null;
  region: string | null;
  tier: string | null;
  /** What is priced, for example `input above 272000`; of an unmapped row why it is. */
  price: string;
  before: string | null;
  after: string | null;
  usage_type: string | null;
}

export interface SyncPlan {
  lines: SyncLine[];
  prices: Price[];
  unchanged: number;
  /** Rows of what the gateway does not call, for example batches. */
  ignored: number;
}

const SOURCE = 'aws-price-list';
const NONE: UnitPrices = { input: null, output: null, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null };

type Entry = Omit<ListedPrice, 'scopes'> & { scope: string; usageType: string };

/**
 * What the rows change of the prices that everyone has. What the list does not name keeps the price that it had: a newer
 * price takes the place of all steps and classes of tokens, so those are carried over.
 */
export function planSync(rows: readonly OfferRow[], known: readonly Price[], at: Date): SyncPlan {
  const plan: SyncPlan = { lines: [], prices: [], unchanged: 0, ignored: 0 };
  const book = new PriceBook();
  book.replace(known.filter(({ tenantId }) => tenantId === ''));
  const groups = Map.groupBy(readRows(rows, plan), ({ model, scope, region, tier, part }) =>
    JSON.stringify([model, scope, region, tier, part === 'query']),
  );
  for (const entries of groups.values()) planGroup(entries, book, at, plan);
  return plan;
}

function readRows(rows: readonly OfferRow[], plan: SyncPlan): Entry[] {
  const entries = new Map<string, Entry | null>();
  for (const row of rows) {
    const usageType = row.attributes['usagetype'] ?? '';
    const listed = toListedPrice(row);
    if ('change' in listed) {
      if (listed.change === 'ignored') plan.ignored += 1;
      else plan.lines.push(toUnmapped(listed.reason, usageType));
      continue;
    }
    const { scopes, ...price } = listed;
    for (const scope of scopes) {
      const key = JSON.stringify([price.model, scope, price.region, price.tier, price.aboveTokens, price.part]);
      const other = entries.get(key);
      if (other === undefined) entries.set(key, { ...price, scope, usageType });
      else if (other?.amount !== price.amount) {
        plan.lines.push(toUnmapped(`another price of ${price.model} ${scope} ${price.part}`, usageType));
        if (other)
          plan.lines.push(toUnmapped(`another price of ${price.model} ${scope} ${price.part}`, other.usageType));
        entries.set(key, null);
      }
    }
  }
  return [...entries.values()].filter((entry) => entry !== null);
}

function planGroup(entries: readonly Entry[], book: PriceBook, at: Date, plan: SyncPlan): void {
  const [first] = entries;
  if (!first) return;
  const { model, scope, region, tier } = first;
  const question = { model, scope, region, tier, tenantId: '', at };
  const price = (aboveTokens: number, fields: Pick<Price, 'unit' | 'perUnit'>): Price => {
    return { tenantId: '', model, scope, region, tier, aboveTokens, effectiveFrom: at, source: SOURCE, ...fields };
  };
  if (first.part === 'query') {
    const before = book.findUnit(question, 'query');
    if (before === first.amount) plan.unchanged += 1;
    else {
      plan.lines.push(toLine(first, before, toUsd));
      plan.prices.push(price(0, { unit: NONE, perUnit: { query: first.amount } }));
    }
    return;
  }
  const steps = new Map(book.listSteps(question).map((step) => [step.aboveTokens, { ...step.unit }]));
  const changes: SyncLine[] = [];
  for (const entry of entries) {
    if (entry.part === 'query') continue;
    const unit = steps.get(entry.aboveTokens) ?? { ...NONE };
    const before = unit[entry.part];
    if (before === entry.amount) plan.unchanged += 1;
    else changes.push(toLine(entry, before, toUsdPerMillion));
    steps.set(entry.aboveTokens, { ...unit, [entry.part]: entry.amount });
  }
  if (changes.length === 0) return;
  const whole = [...steps].every(([, { input, output }]) => input !== null && output !== null);
  if (whole && steps.has(0)) {
    plan.lines.push(...changes);
    plan.prices.push(...[...steps].map(([aboveTokens, unit]) => price(aboveTokens, { unit, perUnit: {} })));
  } else {
    plan.lines.push(...entries.map(({ usageType }) => toUnmapped('input without output, or the reverse', usageType)));
  }
}

function toLine(entry: Entry, before: bigint | null, show: (amount: bigint) => string): SyncLine {
  const { model, scope, region, tier, part, aboveTokens, amount, usageType } = entry;
  return {
    change: before === null ? 'new' : 'changed',
    model,
    scope,
    region,
    tier,
    price: aboveTokens === 0 ? part : `${part} above ${aboveTokens}`,
    before: before === null ? null : show(before),
    after: show(amount),
    usage_type: usageType,
  };
}

function toUnmapped(reason: string, usageType: string): SyncLine {
  const nothing = { model: null, scope: null, region: null, tier: null, before: null, after: null };
  return { change: 'unmapped', ...nothing, price: reason, usage_type: usageType };
}
