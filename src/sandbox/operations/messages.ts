import { messagesEvents, toMessagesAnswer } from '../claude/messages-answer.js';
import { type MessagesRequest, messagesRequestSchema } from '../claude/messages-request.js';
import { toConverseRequest } from '../claude/to-converse-request.js';
import { BedrockError, withoutPhrase } from '../errors/bedrock-error.js';
import { respondJson } from '../http/respond.js';
import { parseNative, readNative } from '../invoke/native-body.js';
import { lastUserText } from '../replies/conversation.js';
import type { Reply } from '../replies/reply.js';
import type { Behaviour } from '../script/behaviour.js';
import { readDirective } from '../script/directive.js';
import { sendStream } from '../stream/send-stream.js';
import { readBody } from '../wire/constraints.js';
import { converseRequestSchema } from '../wire/converse-request.js';
import { answerInstead, type Call, type CallRecord } from './attempt.js';
import { accept, type Accepted, generate } from './generate.js';
import type { SandboxState } from './sandbox-state.js';

/** Answers a native Claude body, whole or streamed, by the rules and with the answers of Converse. */
export async function messages(state: SandboxState, call: Call, scripted: Behaviour | undefined): Promise<CallRecord> {
  const streaming = call.operation === 'InvokeModelWithResponseStream';
  const body = readNative(messagesRequestSchema, parseNative(call.exchange.body.toString()));
  const accepted = acceptNative(state, call, body, streaming);
  const directed = readDirective(lastUserText(accepted.request));
  const behaviour: Partial<Behaviour> = scripted ?? directed.behaviour ?? {};
  const instead = await answerInstead(call.exchange, behaviour);
  if (instead) return instead;

  const calls = body.tool_choice?.type === 'none' ? { toolCalls: [] } : {};
  const { reply, random } = generate(state, call, accepted, directed.rest, { ...calls, ...behaviour });
  const { id } = accepted.model;
  if (streaming) {
    const slicing = { random, chunks: behaviour.chunks, omitsEmptyInput: true };
    const headers = { 'x-amzn-bedrock-content-type': 'application/json' };
    return sendStream(call.exchange, messagesEvents(reply, id, slicing), behaviour, headers);
  }
  await respondJson(call.exchange, toMessagesAnswer(reply, id, random), behaviour, countHeaders(reply));
  return { usageReported: reply.usage !== undefined && !call.exchange.clientGone };
}

function acceptNative(state: SandboxState, call: Call, body: MessagesRequest, streaming: boolean): Accepted {
  try {
    return accept(state, call, readBody(converseRequestSchema, toConverseRequest(body)), streaming);
  } catch (error) {
    throw error instanceof BedrockError ? withoutPhrase(error) : error;
  }
}

function countHeaders({ usage, latencyMs }: Reply): Record<string, string> {
  return {
    'x-amzn-bedrock-invocation-latency': String(latencyMs),
    ...(usage
      ? {
          'x-amzn-bedrock-input-token-count': String(usage.inputTokens),
          'x-amzn-bedrock-output-token-count': String(usage.outputTokens),
          'x-amzn-bedrock-cache-read-input-token-count': String(usage.cacheReadInputTokens ?? 0),
          'x-amzn-bedrock-cache-write-input-token-count': String(usage.cacheWriteInputTokens ?? 0),
        }
      : {}),
  };
}
