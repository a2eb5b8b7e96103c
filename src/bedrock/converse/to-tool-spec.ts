import type { Tool, ToolSpecification } from '@aws-sdk/client-bedrock-runtime';
import type { FunctionTool, JsonSchema } from '../../openai/chat-tool.schema.js';
import { isStrictSchema } from './strict-schema.js';
import type { Mapping } from './mapping.js';
import { wellFormed, wellFormedJson } from './well-formed.js';

type InputSchema = NonNullable<ToolSpecification['inputSchema']>;

/** Converse wants the type `object` at the top of every input schema. */
export function toInputSchema(parameters: JsonSchema | null | undefined, param: string): InputSchema {
  const schema = wellFormedJson(parameters ?? {}, param) as JsonSchema;
  const json = schema['type'] === 'object' ? schema : { ...schema, type: 'object' };
  const isEmpty = Object.keys(schema).every((key) => key === 'type');
  return { json: (isEmpty ? { ...json, properties: {} } : json) as never };
}

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
  const inputSchema = toInputSchema(fn.parameters, `${param}.function.parameters`);
  const description = wellFormed(fn.description ?? '');
  const isStrict = fn.strict === true && model.capabilities.strictTools === true && isStrictSchema(fn.parameters ?? {});
  if (fn.strict === true && !isStrict) {
    adapt(`${param}.function.strict`);
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
