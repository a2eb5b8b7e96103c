import type { UnitPrices } from '../pricing/price.js';

function highest(prices: readonly (bigint | null)[]): bigint {
  return prices.reduce<bigint>((max, price) => (price !== null && price > max ? price : max), 0n);
}

/**
 * The most that a call within these bounds can cost: every prompt token at the dearest of its classes, at the dearest
 * step of the price.
 */
export function toUpperBound(
  steps: readonly UnitPrices[],
  { promptTokensMax, outputTokensMax }: { promptTokensMax: number; outputTokensMax: number },
): bigint {
  const prompt = highest(steps.flatMap((unit) => [unit.input, unit.cacheRead, unit.cacheWrite5m, unit.cacheWrite1h]));
  const output = highest(steps.map((unit) => unit.output));
  return BigInt(promptTokensMax) * prompt + BigInt(outputTokensMax) * output;
}
