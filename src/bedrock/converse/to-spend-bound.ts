import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { ModelCapabilities } from '../../models/model-entry.js';
import type { SpendBound } from '../upstream-attempt.js';
import { promptSize, type PromptSize } from './prompt-size.js';
import { isSystemTool } from './system-tools.js';

/** Bedrock adds its own words to a prompt with tools, a few hundred tokens in every published count. */
const HIDDEN_PROMPT_TOKENS = 1_000;

/** Text of every language and code stay below this, random letters come near; what an estimate missed counts in the end. */
const TOKENS_PER_BYTE_EXPECTED = 0.5;
/** An image is scaled down to about this by the models that say so. */
const FILE_TOKENS_EXPECTED = 2_000;
/** Of a call that names no output limit. Most models could put out sixteen times as much, and hardly ever do. */
const OUTPUT_TOKENS_EXPECTED = 4_096;

/**
 * The most tokens that a Converse call can be billed for. A token of text is at least one byte of it; what is not
 * text is bounded by the context window of the model. Null where there is no bound.
 */
export function toSpendBound(input: ConverseCommandInput, capabilities: ModelCapabilities): SpendBound {
  const { contextWindowTokens, maxOutputTokens } = capabilities;
  const { bytes, files } = measure(input);
  const outputTokensMax = input.inferenceConfig?.maxTokens ?? lowest(maxOutputTokens, contextWindowTokens);
  const promptTokensExpected = Math.ceil(bytes * TOKENS_PER_BYTE_EXPECTED) + files * FILE_TOKENS_EXPECTED;
  const promptTokens = Math.min(promptTokensExpected, contextWindowTokens ?? Infinity);
  const hasSystemTool = input.toolConfig?.tools?.some(isSystemTool) ?? false;
  return {
    // The tokens of a file do not follow from its size, and each round of a tool inside Bedrock is a prompt of its own.
    promptTokensMax: hasSystemTool
      ? null
      : lowest(files > 0 ? null : bytes + HIDDEN_PROMPT_TOKENS, contextWindowTokens),
    outputTokensMax,
    expectedTokens:
      promptTokens +
      (input.inferenceConfig?.maxTokens ?? Math.min(outputTokensMax ?? Infinity, OUTPUT_TOKENS_EXPECTED)),
    reservedTokens: promptTokens + (outputTokensMax ?? OUTPUT_TOKENS_EXPECTED),
  };
}

function lowest(...bounds: (number | null)[]): number | null {
  const known = bounds.filter((bound) => bound !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Bytes of the prompt's text and JSON, and how many files it holds. */
function measure(input: ConverseCommandInput): PromptSize {
  const { system, messages, toolConfig, outputConfig, additionalModelRequestFields, promptVariables } = input;
  return promptSize({ system, messages, toolConfig, outputConfig, additionalModelRequestFields, promptVariables });
}
