import { UNKNOWN_CAPABILITIES } from '../../models/capability-table.js';
import type { ModelCapabilities } from '../../models/model-entry.js';
import type { FoundationModel } from '../catalogue/foundation-models.js';
import { BedrockError } from '../errors/bedrock-error.js';
import type { ConverseRequest, Message } from '../wire/converse-request.js';
import type { Rule } from './rule.js';

const MODEL: FoundationModel = {
  id: 'amazon.sample',
  name: 'Sample',
  provider: 'Amazon',
  kind: 'chat',
  access: 'base',
  geographies: [],
  input: 'TI',
  lifecycle: 'active',
};

/** What a rule is asked about, for the tables of its tests. */
export interface Sample {
  request: ConverseRequest;
  modelId?: string;
  /** Kinds of input of the model: T text, I image, V video, A audio. */
  input?: string;
  capabilities?: Partial<ModelCapabilities>;
  streaming?: boolean;
}

/** The message of the refusal, or undefined. */
export function refusalOf(rule: Rule, sample: Sample): string | undefined {
  const refusal = rule(sample.request, {
    model: { ...MODEL, id: sample.modelId ?? MODEL.id, input: sample.input ?? MODEL.input },
    capabilities: { ...UNKNOWN_CAPABILITIES, ...sample.capabilities },
    streaming: sample.streaming ?? false,
  });
  return refusal instanceof BedrockError ? refusal.message : refusal;
}

export function user(...content: Message['content']): Message {
  return { role: 'user', content };
}

export function assistant(...content: Message['content']): Message {
  return { role: 'assistant', content };
}

export function toolNamed(name: string): { toolSpec: { name: string; inputSchema: { json: unknown } } } {
  return { toolSpec: { name, inputSchema: { json: { type: 'object' } } } };
}

export const CLAUDE = 'anthropic.claude-sample';
