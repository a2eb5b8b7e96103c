import type { OutputConfig, Tool } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { JsonSchema, ResponseFormat } from '../../openai/chat-tool.schema.js';
import type { Mapping } from './mapping.js';
import { toStrictSchema } from './strict-schema.js';
import { offersTools } from './offers-tools.js';
import type { ToolNames } from './tool-names.js';
import { toInputSchema } from './to-input-schema.js';
import { wellFormed, wellFormedJson } from './well-formed.js';

/** How a model is brought to answer in JSON. */
export type JsonPlan =
  | { kind: 'none' }
  /** The model's own structured output. */
  | { kind: 'native'; outputConfig: OutputConfig }
  /** A tool that carries the schema; its input is the answer. Not forced while the model reasons and cannot be forced. */
  | { kind: 'tool'; name: string; tool: Tool.ToolSpecMember; isForced: boolean; instruction?: string }
  /** A sentence in the system prompt. */
  | { kind: 'instruction'; instruction: string };

type NamedSchema = Extract<ResponseFormat, { type: 'json_schema' }>['json_schema'];

const BARE_JSON = 'Answer with one JSON object and nothing else: no text around it and no code fence.';

/**
 * Structured output where the model has it, otherwise a tool. A tool is not forced beside the client's own tools, which
 * could never be called then; nor without a schema, since models answer an empty schema with an empty object.
 */
export function toJsonPlan(request: ChatRequest, names: ToolNames, isReasoning: boolean, mapping: Mapping): JsonPlan {
  const format = request.response_format;
  if (format == null || format.type === 'text') {
    return { kind: 'none' };
  }
  const schema = format.type === 'json_schema' ? toSchema(format.json_schema) : undefined;
  if (format.type === 'json_object' || schema === undefined) {
    return { kind: 'instruction', instruction: BARE_JSON };
  }
  const { capabilities } = mapping.model;
  if (capabilities.nativeJsonSchema === true) {
    return { kind: 'native', outputConfig: toOutputConfig(format.json_schema, schema) };
  }
  const forces = capabilities.toolChoice === null || capabilities.toolChoice.some((choice) => choice !== 'auto');
  if (capabilities.tools === false || !forces || offersTools(request) || schema['type'] !== 'object') {
    return { kind: 'instruction', instruction: toInstruction(format.json_schema, schema) };
  }
  return toJsonTool(format.json_schema, schema, names, !isReasoning || capabilities.forcedToolWithReasoning);
}

function toSchema({ schema }: NamedSchema): JsonSchema | undefined {
  return schema == null ? undefined : (wellFormedJson(schema, 'response_format.json_schema.schema') as JsonSchema);
}

function toOutputConfig({ name, description }: NamedSchema, schema: JsonSchema): OutputConfig {
  return {
    textFormat: {
      type: 'json_schema',
      structure: {
        jsonSchema: {
          schema: JSON.stringify(toStrictSchema(schema)),
          name: wellFormed(name),
          ...(description?.trim() ? { description: wellFormed(description) } : {}),
        },
      },
    },
  };
}

function toJsonTool(
  { name: clientName, description }: NamedSchema,
  schema: JsonSchema,
  names: ToolNames,
  isForced: boolean,
): JsonPlan {
  const name = names.toNative(`${clientName}_json`.slice(0, 64));
  const tool: Tool.ToolSpecMember = {
    toolSpec: {
      name,
      description: description?.trim() ? wellFormed(description) : 'Gives the final answer.',
      inputSchema: toInputSchema(schema, 'response_format.json_schema.schema'),
    },
  };
  return isForced
    ? { kind: 'tool', name, tool, isForced }
    : { kind: 'tool', name, tool, isForced, instruction: `Give your final answer by calling the tool ${name} once.` };
}

function toInstruction({ name, description }: NamedSchema, schema: JsonSchema): string {
  const what = description?.trim() ? `${wellFormed(name)}: ${wellFormed(description)}` : wellFormed(name);
  return `${BARE_JSON} It must match this JSON schema (${what}): ${JSON.stringify(schema)}`;
}
