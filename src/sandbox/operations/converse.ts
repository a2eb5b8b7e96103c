import { readJson } from '../http/read-json.js';
import { respondJson } from '../http/respond.js';
import { lastUserText, toolAnswers } from '../replies/conversation.js';
import type { Reply } from '../replies/reply.js';
import { isClaude } from '../rules/rule.js';
import type { Behaviour } from '../script/behaviour.js';
import { readDirective } from '../script/directive.js';
import { converseEvents } from '../stream/events.js';
import type { ScriptedRequest } from '../script/script.js';
import { sendStream } from '../stream/send-stream.js';
import { readBody } from '../wire/constraints.js';
import { converseRequestSchema } from '../wire/converse-request.js';
import { answerInstead, answerRaw, type Call, type CallRecord } from './attempt.js';
import { accept, generate } from './generate.js';
import type { SandboxState } from './sandbox-state.js';

/** Answers Converse and ConverseStream. */
export async function converse(state: SandboxState, call: Call): Promise<CallRecord> {
  const streaming = call.operation === 'ConverseStream';
  const body = readJson(call.exchange.body);
  const scripted = state.script.pending > 0 ? state.script.take(toScriptedRequest(call, body)) : undefined;
  const played = scripted && (await answerRaw(call.exchange, scripted));
  if (played) return played;

  const request = readBody(converseRequestSchema, body);
  call.entry.set({ requestMetadata: request.requestMetadata ?? null });
  const accepted = accept(state, call, request, streaming);
  const directed = readDirective(lastUserText(request));
  const behaviour: Partial<Behaviour> = scripted ?? directed.behaviour ?? {};
  const instead =
    (directed.behaviour && (await answerRaw(call.exchange, directed.behaviour))) ??
    (await answerInstead(call.exchange, behaviour));
  if (instead) return instead;

  const { reply, random } = generate(state, call, accepted, directed.rest, behaviour);
  if (!streaming) return sendWhole(call, reply, behaviour);
  const slicing = { random, chunks: behaviour.chunks, omitsEmptyInput: isClaude(accepted.model) };
  return sendStream(call.exchange, converseEvents(reply, slicing), behaviour);
}

async function sendWhole(call: Call, reply: Reply, behaviour: Partial<Behaviour>): Promise<CallRecord> {
  const { blocks, stopReason, usage, latencyMs, extras, additionalModelResponseFields } = reply;
  const body = {
    metrics: { latencyMs },
    output: { message: { role: 'assistant', content: blocks } },
    stopReason,
    ...(usage ? { usage } : {}),
    ...extras,
    ...(additionalModelResponseFields ? { additionalModelResponseFields } : {}),
  };
  await respondJson(call.exchange, body, behaviour);
  return { usageReported: usage !== undefined && !call.exchange.clientGone };
}

/** What a script may ask about, read before anything is known to be valid. */
function toScriptedRequest(call: Call, body: unknown): ScriptedRequest {
  const { data } = converseRequestSchema.safeParse(body);
  const tools = (data?.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec.name] : []));
  return {
    operation: call.operation,
    modelId: call.modelId,
    region: call.region,
    text: call.exchange.body.toString(),
    metadata: data?.requestMetadata ?? {},
    tools,
    afterToolResult: toolAnswers(data ?? {}) !== undefined,
  };
}
