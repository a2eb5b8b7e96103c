import type { ModelCapabilities } from '../../models/model-entry.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import type { ReplyBlock } from './reply.js';
import { sha256 } from './seed.js';
import { sign } from './signature.js';

const THOUGHT = 'The sandbox has no thoughts; this stands where a model would reason.';

type Fields = Readonly<Record<string, unknown>>;

/** The reasoning block that a model of this style shows for this request; undefined when it shows none. */
export function reasoningBlock(request: ConverseRequest, capabilities: ModelCapabilities): ReplyBlock | undefined {
  const given = request.additionalModelRequestFields ?? {};
  // `reasoning_config` is the older name of `thinking`.
  const fields: Fields = { thinking: given['reasoning_config'], ...given };
  switch (capabilities.reasoning) {
    case 'anthropic-budget':
      return memberOf(fields, 'thinking', 'type') === 'enabled' ? signedThought(THOUGHT) : undefined;
    case 'anthropic-adaptive':
      return adaptiveThought(fields, capabilities);
    case 'nova2':
      return memberOf(fields, 'reasoningConfig', 'type') === 'enabled' ? openThought(THOUGHT) : undefined;
    case 'openai-nested':
      return isNestedEffortOn(fields, capabilities) ? hiddenThought(sha256(THOUGHT)) : undefined;
    case 'openai-flat':
      return fields['reasoning_effort'] === 'none' ? undefined : openThought(THOUGHT);
    case 'always-on':
      return openThought(THOUGHT);
    case 'moonshot':
    case 'deepseek':
    case 'model-default':
      return asksForReasoning(fields) ? openThought(THOUGHT) : undefined;
    default:
      return undefined;
  }
}

/** A scripted thought, in the shape of the family. */
export function scriptedThought(text: string, capabilities: ModelCapabilities): ReplyBlock {
  return capabilities.reasoning.startsWith('anthropic') ? signedThought(text) : openThought(text);
}

export function hiddenThought(base64: string): ReplyBlock {
  return { reasoningContent: { redactedContent: base64 } };
}

function signedThought(text: string): ReplyBlock {
  return { reasoningContent: { reasoningText: { text, signature: sign(text) } } };
}

function openThought(text: string): ReplyBlock {
  return { reasoningContent: { reasoningText: { text } } };
}

/** Models that always think keep the text to themselves unless `display` asks for a summary. */
function adaptiveThought(fields: Fields, capabilities: ModelCapabilities): ReplyBlock | undefined {
  const type = memberOf(fields, 'thinking', 'type');
  const thinks = type === 'adaptive' || type === 'enabled' || capabilities.reasoningCanDisable === false;
  if (!thinks) return undefined;
  const display =
    memberOf(fields, 'thinking', 'display') ?? (capabilities.samplingParameters ? 'summarized' : 'omitted');
  return signedThought(display === 'summarized' ? THOUGHT : '');
}

function isNestedEffortOn(fields: Fields, capabilities: ModelCapabilities): boolean {
  const effort = memberOf(fields, 'reasoning', 'effort');
  return effort === undefined ? capabilities.reasoningCanDisable === false : effort !== 'none';
}

function asksForReasoning(fields: Fields): boolean {
  const asked = ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking'].map((name) => fields[name]);
  return asked.some((value) => Boolean(value) && value !== 'none');
}

function memberOf(fields: Fields, name: string, member: string): unknown {
  return (fields[name] as Fields | undefined)?.[member];
}
