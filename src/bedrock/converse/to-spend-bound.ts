import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { ModelCapabilities } from '../../models/model-entry.js';
import type { SpendBound } from '../upstream-attempt.js';

/** Bedrock adds its own words to a prompt with tools, a few hundred tokens in every published count. */
const HIDDEN_PROMPT_TOKENS = 1_000;

/**
 * The most tokens that a Converse call can be billed for. A token of text is at least one byte of it; what is not
 * text is bounded by the context window of the model. Null where there is no bound.
 */
export function toSpendBound(input: ConverseCommandInput, capabilities: ModelCapabilities): SpendBound {
  const { contextWindowTokens, maxOutputTokens } = capabilities;
  return {
    promptTokensMax: lowest(textBytes(input), contextWindowTokens),
    outputTokensMax: input.inferenceConfig?.maxTokens ?? lowest(maxOutputTokens, contextWindowTokens),
  };
}

function lowest(...bounds: (number | null)[]): number | null {
  const known = bounds.filter((bound) => bound !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Null when the prompt holds more than text: the tokens of a file do not follow from its size. */
function textBytes(input: ConverseCommandInput): number | null {
  let hasFile = false;
  const { system, messages, toolConfig, outputConfig, additionalModelRequestFields } = input;
  const prompt = { system, messages, toolConfig, outputConfig, additionalModelRequestFields };
  const text = JSON.stringify(prompt, (key, value: unknown) => {
    if (key === 'source' || value instanceof Uint8Array) {
      hasFile = true;
      return null;
    }
    return value;
  });
  return hasFile ? null : Buffer.byteLength(text) + HIDDEN_PROMPT_TOKENS;
}
