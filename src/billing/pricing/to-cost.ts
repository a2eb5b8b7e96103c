import type { TokenUsage } from '../../bedrock/upstream-attempt.js';
import { TOKEN_CLASSES, type TokenClass, type UnitPrices } from './price.js';

const TOKENS: Record<TokenClass, keyof TokenUsage> = {
  input: 'inputTokens',
  output: 'outputTokens',
  cacheRead: 'cacheReadTokens',
  cacheWrite5m: 'cacheWrite5mTokens',
  cacheWrite1h: 'cacheWrite1hTokens',
};

/**
 * What the tokens cost, in pico-USD, exactly. Null when it is not known: nothing was reported, or tokens were used
 * of a class without a price. A cache class that was not reported was not used.
 */
export function toCost(usage: TokenUsage, unit: UnitPrices): bigint | null {
  if (usage.inputTokens === null || usage.outputTokens === null) {
    return null;
  }
  let cost = 0n;
  for (const tokenClass of TOKEN_CLASSES) {
    const tokens = usage[TOKENS[tokenClass]] ?? 0;
    const price = unit[tokenClass];
    if (tokens > 0 && price === null) {
      return null;
    }
    cost += BigInt(tokens) * (price ?? 0n);
  }
  return cost;
}
