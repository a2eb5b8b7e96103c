import { capabilitiesOf } from '../../models/capability.js';
import type { ModelCapabilities } from '../../models/model-entry.js';
import type { FoundationModel } from '../catalogue/foundation-models.js';
import { modelRefusal, validationError } from '../errors/bedrock-error.js';
import { guardOf, guardReply } from '../guardrails/guard-reply.js';
import { composeReply } from '../replies/compose.js';
import { toJournalUsage } from '../replies/journal-usage.js';
import { promptParts, promptTokens } from '../replies/prompt.js';
import type { PromptUsage } from '../replies/prompt-cache.js';
import type { Reply } from '../replies/reply.js';
import { seededRandom, sha256 } from '../replies/seed.js';
import { checkConverse } from '../rules/converse-rules.js';
import { isClaude } from '../rules/rule.js';
import type { Behaviour } from '../script/behaviour.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import type { Call } from './attempt.js';
import type { SandboxState } from './sandbox-state.js';

const NOT_A_CHAT_MODEL =
  "This action doesn't support the model that you provided. Try again with a supported text or chat model.";

/** A conversation that Bedrock would take. */
export interface Accepted {
  request: ConverseRequest;
  model: FoundationModel;
  capabilities: ModelCapabilities;
}

/** Throws what Bedrock answers to a conversation that it, or the model, refuses. */
export function accept(state: SandboxState, call: Call, request: ConverseRequest, streaming: boolean): Accepted {
  const model = state.directory.resolve(call.modelId, call.region);
  call.entry.set({ baseModelId: model.id });
  if (model.kind !== 'chat') throw validationError(NOT_A_CHAT_MODEL);
  const capabilities = capabilitiesOf(model.id);
  checkConverse(request, { model, capabilities, streaming });
  return { request, model, capabilities };
}

/** An answer and the numbers that its stream is cut by. */
export interface Generation {
  reply: Reply;
  random: () => number;
}

/**
 * Makes the answer and puts it into the journal, before anyone can see the end of it: a client that leaves pays
 * for all.
 */
export function generate(
  state: SandboxState,
  call: Call,
  { request, model, capabilities }: Accepted,
  text: string,
  behaviour: Partial<Behaviour>,
): Generation {
  const random = seededRandom(sha256(call.exchange.body));
  const prompt = accountPrompt(state, request, model, capabilities);
  const guard = guardOf(request, text);
  const userText = guard?.input.masked ?? text;
  const composed = composeReply({ request, model, capabilities, userText, behaviour, prompt, random });
  const reply = guard ? guardReply(composed, guard) : composed;
  call.entry.set({ usage: reply.usage ? toJournalUsage(reply.usage) : null, stopReason: reply.stopReason });
  return { reply, random };
}

/** Counts the prompt, through the cache; refuses one that is longer than the model's window. */
function accountPrompt(
  state: SandboxState,
  request: ConverseRequest,
  model: FoundationModel,
  capabilities: ModelCapabilities,
): PromptUsage {
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
