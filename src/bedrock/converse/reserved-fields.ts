import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { NativeFields } from './mapping.js';

/**
 * Native fields that would replace what the gateway has checked, reserved budget for or set itself. Providers spell the
 * output limit differently.
 */
const RESERVED = new Set([
  'model',
  'messages',
  'system',
  'prompt',
  'inputText',
  'message',
  'chat_history',
  'tools',
  'stream',
  'n',
  'num_generations',
  'max_tokens',
  'maxTokens',
  'max_tokens_to_sample',
  'max_completion_tokens',
  'max_new_tokens',
  'max_gen_len',
  'maxTokenCount',
]);

/** Objects that some families nest their inference parameters in. */
const NESTED = ['inferenceConfig', 'textGenerationConfig'];

/** @throws GatewayError 400 that names the reserved field */
export function refuseReservedFields(fields: NativeFields): void {
  refuse(fields, 'additionalModelRequestFields');
  for (const name of NESTED) {
    const nested = fields[name];
    if (typeof nested === 'object' && nested !== null) {
      refuse(nested, `additionalModelRequestFields.${name}`);
    }
  }
}

function refuse(fields: object, path: string): void {
  const reserved = Object.keys(fields).find((key) => RESERVED.has(key));
  if (reserved !== undefined) {
    const param = `${path}.${reserved}`;
    throw invalidRequest(param, `'${param}' cannot be set here; use OpenAI's field for it.`, 'unsupported_parameter');
  }
}
