import type { ConverseResponse } from '@aws-sdk/client-bedrock-runtime';
import type {
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionDelta,
  ChatCompletionMessage,
  FunctionCall,
  FunctionToolCall,
  ImageOutput,
} from '../../openai/chat-completion.js';
import type { AnswerContext, AnswerSummary } from './answer-context.js';
import { newAnswerState } from './answer-state.js';
import { toChoiceExtensions } from './to-choice-extensions.js';
import { toDelta } from './to-delta.js';
import { toFinishReason } from './to-finish-reason.js';
import { toServiceTier } from './to-service-tier.js';
import { thinkingTokensOf } from './thinking-tokens.js';
import { toStreamEvents } from './to-stream-events.js';
import { toCompletionUsage } from './to-usage.js';

/** Joins deltas as a client would. */
function join(deltas: readonly ChatCompletionDelta[]): ChatCompletionMessage {
  let content = '';
  let reasoning = '';
  const calls: FunctionToolCall[] = [];
  const images: ImageOutput[] = [];
  let legacyCall: FunctionCall | undefined;
  const message: ChatCompletionMessage = { role: 'assistant', content: null, refusal: null };
  for (const delta of deltas) {
    content += delta.content ?? '';
    reasoning += delta.reasoning_content ?? '';
    for (const { index, id = '', function: fn } of delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id, type: 'function', function: { name: fn.name ?? '', arguments: '' } });
      call.function.arguments += fn.arguments;
    }
    if (delta.function_call !== undefined) {
      legacyCall ??= { name: delta.function_call.name ?? '', arguments: '' };
      legacyCall.arguments += delta.function_call.arguments ?? '';
    }
    images.push(...(delta.images ?? []));
    const { annotations, citations, reasoning_details: reasoningDetails, server_tool_calls: serverCalls } = delta;
    if (annotations !== undefined) {
      message.annotations = annotations;
    }
    if (citations !== undefined) {
      message.citations = citations;
    }
    if (reasoningDetails !== undefined) {
      message.reasoning_details = reasoningDetails;
    }
    if (serverCalls !== undefined) {
      message.server_tool_calls = serverCalls;
    }
  }
  const isCall = calls.length > 0 || legacyCall !== undefined;
  message.content = content === '' && isCall ? null : content;
  if (reasoning !== '') {
    message.reasoning_content = reasoning;
  }
  if (calls.length > 0) {
    message.tool_calls = calls;
  }
  if (legacyCall !== undefined) {
    message.function_call = legacyCall;
  }
  if (images.length > 0) {
    message.images = images;
  }
  return message;
}

/** A whole answer of Converse in the ledger's and in OpenAI's words. */
export interface MappedAnswer {
  completion: ChatCompletion;
  summary: AnswerSummary;
}

/**
 * Maps a non-streamed answer of Converse.
 * @throws GatewayError `upstream_invalid_response`, without a word of the answer, when it holds no message
 */
export function toChatCompletion(response: ConverseResponse, context: AnswerContext): MappedAnswer {
  const state = newAnswerState(context);
  const deltas: ChatCompletionDelta[] = [];
  for (const event of toStreamEvents(response)) {
    const delta = toDelta(state, event);
    if (delta !== undefined) {
      deltas.push(delta);
    }
  }
  const { usage, serviceTier } = state.summary;
  const choice: ChatCompletionChoice = {
    index: context.choiceIndex ?? 0,
    message: join(deltas),
    logprobs: null,
    finish_reason: toFinishReason(state),
    ...toChoiceExtensions(state),
  };
  const completion: ChatCompletion = {
    id: context.id,
    object: 'chat.completion',
    created: context.created,
    model: context.model,
    choices: [choice],
  };
  const completionUsage = toCompletionUsage(usage, thinkingTokensOf(state.nativeFields));
  if (completionUsage !== undefined) {
    completion.usage = completionUsage;
  }
  const tier = toServiceTier(serviceTier);
  if (tier !== undefined) {
    completion.service_tier = tier;
  }
  return { completion, summary: state.summary };
}
