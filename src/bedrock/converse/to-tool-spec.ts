import type { Tool } from '@aws-sdk/client-bedrock-runtime';
import type { FunctionTool, JsonSchema } from '../../openai/chat-tool.schema.js';
import { isStrictSchema } from './strict-schema.js';
import type { Mapping } from './mapping.js';
import { toInputSchema } from './to-input-schema.js';
import { wellFormed } from './well-formed.js';

/**
 * One function of the client. `strict` goes only to models that know it, and only with a schema that their grammar can
 * hold: elsewhere Bedrock refuses the request.
 */
export function toToolSpec(
  { function: fn }: FunctionTool,
  name: string,
  param: string,
  { model, adapt }: Mapping,
): Tool.ToolSpecMember {
  const inputSchema = toInputSchema(fn.parameters, `${param}.parameters`, model.provider);
  const description = wellFormed(fn.description ?? '');
  const isStrict =
    fn.strict === true && model.capabilities.strictTools === true && isStrictSchema(inputSchema.json as JsonSchema);
  if (fn.strict === true && !isStrict) {
    adapt(`${param}.strict`);
  }
  return {
    toolSpec: {
      name,
      ...(description.trim() === '' ? {} : { description }),
      inputSchema,
      ...(isStrict ? { strict: true } : {}),
    },
  };
}
