import type { TokenUsage as ConverseUsage } from '@aws-sdk/client-bedrock-runtime';
import type { CompletionUsage, PromptTokensDetails } from '../../openai/chat-completion.js';
import type { TokenUsage } from '../upstream-attempt.js';

/** Converse has InvokeModel's names of the cached tokens beside its own. */
interface WireUsage extends ConverseUsage {
  cacheReadInputTokenCount?: number | undefined;
  cacheWriteInputTokenCount?: number | undefined;
}

/** Cache writes by time to live. What the details do not account for was written for the default of 5 minutes. */
function toCacheWrites(usage: WireUsage): { fiveMinutes: number | null; oneHour: number | null } {
  const total = usage.cacheWriteInputTokens ?? usage.cacheWriteInputTokenCount;
  const details = usage.cacheDetails;
  if (total === undefined && details === undefined) {
    return { fiveMinutes: null, oneHour: null };
  }
  let oneHour = 0;
  let fiveMinutes = 0;
  for (const { ttl, inputTokens = 0 } of details ?? []) {
    if (ttl === '1h') {
      oneHour += inputTokens;
    } else {
      fiveMinutes += inputTokens;
    }
  }
  if (total === undefined) {
    return { fiveMinutes, oneHour };
  }
  // The total is what Bedrock bills. Details that say more than it are cut, those that say less are filled up.
  oneHour = Math.min(oneHour, total);
  return { fiveMinutes: total - oneHour, oneHour };
}

/**
 * Token classes for the ledger. `inputTokens` of Converse already excludes the cached ones. A class that Bedrock did
 * not report is null. Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function toTokenUsage(usage: WireUsage): TokenUsage {
  const { fiveMinutes, oneHour } = toCacheWrites(usage);
  return {
    inputTokens: usage.inputTokens ?? null,
    outputTokens: usage.outputTokens ?? null,
    cacheReadTokens: usage.cacheReadInputTokens ?? usage.cacheReadInputTokenCount ?? null,
    cacheWrite5mTokens: fiveMinutes,
    cacheWrite1hTokens: oneHour,
  };
}

/**
 * OpenAI's usage of the same figures: `prompt_tokens` includes what was read from and written to the cache. Undefined
 * when Bedrock did not report both input and output. Reasoning tokens are told apart by some models' own answers only.
 */
export function toCompletionUsage(
  usage: TokenUsage | undefined,
  reasoningTokens?: number,
): CompletionUsage | undefined {
  if (usage === undefined || usage.inputTokens === null || usage.outputTokens === null) {
    return undefined;
  }
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const cacheWriteTokens = (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0);
  const promptTokens = usage.inputTokens + (cacheReadTokens ?? 0) + cacheWriteTokens;
  const details: PromptTokensDetails = {};
  if (cacheReadTokens !== null) {
    details.cached_tokens = cacheReadTokens;
  }
  if (cacheWrite5mTokens !== null || cacheWrite1hTokens !== null) {
    details.cache_write_tokens = cacheWriteTokens;
  }
  const result: CompletionUsage = {
    prompt_tokens: promptTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: promptTokens + usage.outputTokens,
  };
  if (Object.keys(details).length > 0) {
    result.prompt_tokens_details = details;
  }
  if (reasoningTokens !== undefined) {
    result.completion_tokens_details = { reasoning_tokens: reasoningTokens };
  }
  return result;
}
