import { LIST_PRICES } from '../list-prices.js';
import { toPicoUsd, toPicoUsdPerToken } from '../money.js';
import type { TokenClass } from '../price.js';
import { findModel, findModelIn } from './model-names.js';
import type { OfferRow } from './offer-rows.js';

/** What one row of the price list is the price of. Amounts are pico-USD, per token or per query. */
export interface ListedPrice {
  model: string;
  /** The scopes that are billed at it: a geography's profile costs what the region does where the vendor says so. */
  scopes: readonly string[];
  /** Empty: every region. */
  region: string;
  tier: string;
  aboveTokens: number;
  part: TokenClass | 'query';
  amount: bigint;
}

/** `ignored`: nothing that the gateway calls is billed at it. `unmapped`: it may be, and nobody can tell for what. */
export interface Unlisted {
  change: 'ignored' | 'unmapped';
  reason: string;
}

const ignored = (reason: string): Unlisted => ({ change: 'ignored', reason });
const unmapped = (reason: string): Unlisted => ({ change: 'unmapped', reason });

const OTHER_WAYS =
  /batch|provisioned|model.?units|reserved|customi[sz]|training|fine.?tun|storage|import|latency.?optimi[sz]ed|mantle/i;
const OTHER_THINGS = /guardrail|knowledge|agent|flow|evaluation|image|video|audio|speech|second|data.?automation/i;
/** Vendors whose geographic profiles cost what the region costs; the others have tables of their own. */
const GEO_AS_REGION = /^(anthropic|openai|moonshotai|zai|xai)\./;

/** Reads one row. It never takes a price for another one: what it does not know it says. */
export function toListedPrice({ service, attributes, unit, usd }: OfferRow): ListedPrice | Unlisted {
  const { usagetype = '', model, titanModel, servicename = '', inferenceType = '', regionCode = '' } = attributes;
  const words = `${usagetype} ${inferenceType} ${attributes['service_tier'] ?? ''}`;
  if (OTHER_WAYS.test(`${words} ${attributes['feature'] ?? ''}`)) return ignored('not on demand');
  if (OTHER_THINGS.test(words)) return unmapped('not tokens of a chat or embedding model');
  const id = findModelIn(usagetype) ?? findModel(model ?? titanModel ?? servicename);
  if (id === undefined) return unmapped('no model of this name');
  const part = toPart(words);
  if (part === null) return unmapped('not known what it counts');
  const amount = toAmount(service, unit, usd, part);
  if (amount === null) return unmapped(`unit '${unit}' at ${usd} USD`);
  const isGlobal = /global/i.test(usagetype);
  if (!isGlobal && regionCode === '') return unmapped('no region');
  const aboveTokens = /long.?(ctx|context)/i.test(usagetype) ? longContextOf(id) : 0;
  if (aboveTokens === undefined) return unmapped('not known from which length on');
  return {
    model: id,
    scopes: isGlobal ? ['global'] : ['in_region', ...geographiesOf(id, regionCode)],
    region: regionCode,
    tier: /priority/i.test(words) ? 'priority' : /flex/i.test(words) ? 'flex' : 'standard',
    aboveTokens,
    part,
    amount,
  };
}

function toPart(words: string): ListedPrice['part'] | null {
  if (/cache.?read/i.test(words)) return 'cacheRead';
  if (/cache.?write/i.test(words)) return /1.?h|hour/i.test(words) ? 'cacheWrite1h' : 'cacheWrite5m';
  if (/search.?unit|quer(y|ies)/i.test(words)) return 'query';
  if (/output/i.test(words)) return 'output';
  return /input/i.test(words) ? 'input' : null;
}

/** AmazonBedrock has USD for 1,000 tokens, the models of the Marketplace have it for a million. Null: not known, or free. */
function toAmount(service: string, unit: string, usd: string, part: ListedPrice['part']): bigint | null {
  const exact = usd.includes('.') ? usd.replace(/\.?0+$/, '') : usd;
  const isThousand = /1\s?k|1,?000 /i.test(unit);
  const isMillion = /1\s?m|million/i.test(unit) || (unit === 'Units' && service === 'AmazonBedrockFoundationModels');
  try {
    const amount =
      part === 'query'
        ? toPicoUsd(exact) / (isThousand ? 1_000n : 1n)
        : isThousand
          ? toPicoUsdPerToken(exact.replace(/^(\d+)(?:\.(\d*))?$/, (_, whole: string, rest = '') => shift(whole, rest)))
          : isMillion
            ? toPicoUsdPerToken(exact)
            : 0n;
    return amount === 0n ? null : amount;
  } catch {
    return null;
  }
}

/** The decimal times 1,000. */
function shift(whole: string, fraction: string): string {
  const digits = fraction.padEnd(3, '0');
  return `${BigInt(whole + digits.slice(0, 3))}${digits.length > 3 ? `.${digits.slice(3)}` : ''}`;
}

function longContextOf(model: string): number | undefined {
  const steps = new Set(
    LIST_PRICES.filter(([id, , , above]) => id === model && above > 0).map(([, , , above]) => above),
  );
  return steps.size === 1 ? [...steps][0] : undefined;
}

/** Those that the model is known to have a profile of. */
function geographiesOf(model: string, region: string): string[] {
  return GEO_AS_REGION.test(model)
    ? geographiesAround(region).filter((scope) => LIST_PRICES.some(([id, known]) => id === model && known === scope))
    : [];
}

function geographiesAround(region: string): string[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (/^ap-northeast-[13]$/.test(region)) return ['jp', 'apac'];
  if (/^ap-southeast-[24]$/.test(region)) return ['au', 'apac'];
  const [prefix = ''] = region.split('-');
  return { us: ['us'], eu: ['eu'], ca: ['ca'], ap: ['apac'] }[prefix] ?? [];
}
