import type { AttemptResult, SpendBound } from '../../bedrock/upstream-attempt.js';

/** What a call counts in limits of tokens until its usage is known. */
export function toExpectedTokens({ expectedTokens, promptTokensMax, outputTokensMax }: SpendBound): number {
  return expectedTokens ?? Math.ceil((promptTokensMax ?? 0) / 2) + (outputTokensMax ?? 0);
}

/** Tokens of every class that an attempt used. Null: not known; a call that Bedrock refused used none. */
export function toUsedTokens({ usage, outcome, statusCode }: AttemptResult): number | null {
  if (usage !== undefined && (usage.inputTokens !== null || usage.outputTokens !== null)) {
    const classes = [
      usage.inputTokens,
      usage.outputTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.cacheWrite1hTokens,
    ];
    return classes.reduce<number>((sum, tokens) => sum + (tokens ?? 0), 0);
  }
  return outcome === 'error' && statusCode !== undefined && statusCode >= 400 ? 0 : null;
}
