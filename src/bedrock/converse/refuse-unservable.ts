import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';

/** Fields that change what the client gets and that nothing on Converse can serve, with the values that do no harm. */
const UNSERVABLE: readonly (readonly [
  field: keyof ChatRequest,
  isHarmless: (value: never) => boolean,
  hint: string,
])[] = [
  ['logprobs', (value: boolean) => !value, 'Bedrock reports no log probabilities.'],
  ['top_logprobs', (value: number) => value === 0, 'Bedrock reports no log probabilities.'],
  ['logit_bias', (value: object) => Object.keys(value).length === 0, 'Bedrock takes no token biases.'],
  ['modalities', (value: string[]) => !value.includes('audio'), 'Bedrock answers in text only.'],
  ['audio', () => false, 'Bedrock answers in text only.'],
  ['moderation', () => false, "Use 'guardrailConfig' for moderation."],
];

/**
 * @throws GatewayError 400 for what no model on Converse can do, so that nothing is dropped in silence
 */
export function refuseUnservable(request: ChatRequest, model: ModelEntry): void {
  if (!model.capabilities.converse) {
    throw invalidRequest('model', `The model '${model.requestedId}' does not serve chat completions here.`);
  }
  for (const [field, isHarmless, hint] of UNSERVABLE) {
    const value = request[field];
    if (value != null && !isHarmless(value as never)) {
      throw unsupportedParameter(field, `Unsupported parameter: '${field}'. ${hint}`);
    }
  }
}
