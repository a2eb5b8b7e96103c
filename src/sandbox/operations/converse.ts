import type { ModelCapabilities } from '../../models/model-entry.js';
import { capabilitiesOf } from '../../models/capability.js';
import type { FoundationModel } from '../catalogue/foundation-models.js';
import { modelRefusal, validationError } from '../errors/bedrock-error.js';
import { guardOf, guardReply } from '../guardrails/guard-reply.js';
import { readJson } from '../http/read-json.js';
import { respondJson } from '../http/respond.js';
import { composeReply } from '../replies/compose.js';
import { lastUserText } from '../replies/conversation.js';
import { toJournalUsage } from '../replies/journal-usage.js';
import { promptParts, promptTokens } from '../replies/prompt.js';
import type { Reply } from '../replies/reply.js';
import { seededRandom, sha256 } from '../replies/seed.js';
import { checkConverse } from '../rules/converse-rules.js';
import { isClaude } from '../rules/rule.js';
import type { Behaviour } from '../script/behaviour.js';
import { readDirective } from '../script/directive.js';
import { converseEvents } from '../stream/events.js';
import { sendStream } from '../stream/send-stream.js';
import { readBody } from '../wire/constraints.js';
import { type ConverseRequest, converseRequestSchema } from '../wire/converse-request.js';
import { answerInstead, answerRaw, type Call, type CallRecord } from './attempt.js';
import type { SandboxState } from './sandbox-state.js';

const NOT_A_CHAT_MODEL =
  "This action doesn't support the model that you provided. Try again with a supported text or chat model.";

/** Answers Converse and ConverseStream. */
export async function converse(state: SandboxState, call: Call): Promise<CallRecord> {
  const streaming = call.operation === 'ConverseStream';
  const body = readJson(call.exchange.body);
  const scripted = state.script.take(toScriptedRequest(call, body));
  const played = scripted && (await answerRaw(call.exchange, scripted));
  if (played) return played;

  const request = readBody(converseRequestSchema, body);
  call.entry.set({ requestMetadata: request.requestMetadata ?? null });
  const model = state.directory.resolve(call.modelId, call.region);
  call.entry.set({ baseModelId: model.id });
  if (model.kind !== 'chat') throw validationError(NOT_A_CHAT_MODEL);
  const capabilities = capabilitiesOf(model.id);
  checkConverse(request, { model, capabilities, streaming });

  const directed = readDirective(lastUserText(request));
  const behaviour: Partial<Behaviour> = scripted ?? directed.behaviour ?? {};
  const instead =
    (directed.behaviour && (await answerRaw(call.exchange, directed.behaviour))) ??
    (await answerInstead(call.exchange, behaviour));
  if (instead) return instead;

  const random = seededRandom(sha256(call.exchange.body));
  const prompt = accountPrompt(state, request, model, capabilities);
  const guard = guardOf(request, directed.rest);
  const userText = guard?.input.masked ?? directed.rest;
  const composed = composeReply({ request, model, capabilities, userText, behaviour, prompt, random });
  const reply = guard ? guardReply(composed, guard) : composed;
  // The journal holds what is generated before anyone can see the end of it: a client that leaves pays for all.
  call.entry.set({
    usage: reply.usage ? toJournalUsage(reply.usage) : null,
    stopReason: reply.stopReason,
  });
  if (!streaming) return sendWhole(call, reply, behaviour);
  const events = converseEvents(reply, { random, chunks: behaviour.chunks, omitsEmptyInput: isClaude(model) });
  return sendStream(call.exchange, events, behaviour);
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

/** Counts the prompt, through the cache; refuses one that is longer than the model's window. */
function accountPrompt(
  state: SandboxState,
  request: ConverseRequest,
  model: FoundationModel,
  capabilities: ModelCapabilities,
): ReturnType<SandboxState['promptCache']['account']> {
  const parts = promptParts(request);
  const window = capabilities.contextWindowTokens;
  if (window !== null && promptTokens(parts) > window) {
    throw modelRefusal(
      isClaude(model)
        ? `prompt is too long: ${promptTokens(parts)} tokens > ${window} maximum`
        : 'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.',
    );
  }
  return state.promptCache.account(model.id, parts, capabilities.promptCaching?.minTokens ?? null);
}

function toScriptedRequest(call: Call, body: unknown): Parameters<SandboxState['script']['take']>[0] {
  const metadata = (body as { requestMetadata?: Record<string, string> } | null)?.requestMetadata ?? {};
  return { operation: call.operation, modelId: call.modelId, text: call.exchange.body.toString(), metadata };
}
