import type { OutputConfig, Tool } from '@aws-sdk/client-bedrock-runtime';
import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { JsonSchema, ResponseFormat } from '../../openai/chat-tool.schema.js';
import { isObject } from './is-object.js';
import type { Mapping } from './mapping.js';
import { hasOnlyPlainReferences, holdsMaps, toStrictSchema } from './strict-schema.js';
import { isFunction, offersTools } from './offers-tools.js';
import type { ToolNames } from './tool-names.js';
import { toInputSchema } from './to-input-schema.js';
import { wellFormed, wellFormedJson } from './well-formed.js';

/** How a model is brought to answer in JSON. */
export type JsonPlan =
  | { kind: 'none' }
  /** The model's own structured output. */
  | { kind: 'native'; outputConfig: OutputConfig }
  /** A tool that carries the schema; its input is the answer. Not forced beside the client's tools, nor where the model cannot be. */
  | { kind: 'tool'; name: string; tool: Tool.ToolSpecMember; unwraps: boolean; isForced: boolean; instruction?: string }
  /** A sentence in the system prompt. */
  | { kind: 'instruction'; instruction: string };

type NamedSchema = Extract<ResponseFormat, { type: 'json_schema' }>['json_schema'];

const NAME_LENGTH_MAX = 64;
/** Keywords that may tell of more properties. */
const SAY_MORE = ['patternProperties', '$ref', 'allOf', 'anyOf', 'oneOf'];
const BARE_JSON = 'Answer with one JSON object and nothing else: no text around it and no code fence.';

/**
 * Structured output where the model has it, otherwise a tool. The tool is not forced beside the client's own tools, which
 * could never be called then. Where a call of those is asked for, and without a schema, there is no tool: models answer
 * an empty schema with an empty object.
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
  if (capabilities.nativeJsonSchema === true && hasOnlyPlainReferences(schema) && !holdsMaps(schema)) {
    return { kind: 'native', outputConfig: toOutputConfig(format.json_schema, schema) };
  }
  const forces = capabilities.toolChoice === null || capabilities.toolChoice.some((choice) => choice !== 'auto');
  // Where tools cost the stream and cannot be forced either, a sentence does as well.
  const usesTool = forces || capabilities.toolStreaming === true;
  if (capabilities.tools === false || !usesTool || asksForCall(request) || schema['type'] !== 'object') {
    return { kind: 'instruction', instruction: toInstruction(format.json_schema, schema) };
  }
  const isForced = forces && !offersTools(request) && (!isReasoning || capabilities.forcedToolWithReasoning);
  const tool = { name: toToolName(format.json_schema, request, names), isForced };
  return toJsonTool(format.json_schema, schema, tool, mapping.model);
}

/** Whether the client wants a call of one of its tools in any case. */
function asksForCall({ tool_choice: choice }: ChatRequest): boolean {
  return typeof choice === 'object' && choice !== null
    ? choice.type !== 'allowed_tools' || choice.allowed_tools.mode === 'required'
    : choice === 'required';
}

/** A name that no tool of the client has. Counting ends, whatever names it has. */
function toToolName({ name }: NamedSchema, { tools }: ChatRequest, names: ToolNames): string {
  const taken = new Set(
    (tools ?? []).flatMap((tool) => (isFunction(tool) ? [names.toNative(tool.function.name)] : [])),
  );
  const wish = `${name}_json`;
  let native = names.toNative(wish.slice(0, NAME_LENGTH_MAX));
  for (let count = 2; taken.has(native); count += 1) {
    const suffix = `_${count}`;
    native = names.toNative(`${wish.slice(0, NAME_LENGTH_MAX - suffix.length)}${suffix}`);
  }
  return native;
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
  { description }: NamedSchema,
  schema: JsonSchema,
  { name, isForced }: { name: string; isForced: boolean },
  { provider }: ModelEntry,
): JsonPlan {
  const tool: Tool.ToolSpecMember = {
    toolSpec: {
      name,
      description: description?.trim() ? wellFormed(description) : 'Gives the final answer.',
      inputSchema: toInputSchema(schema, 'response_format.json_schema.schema', provider),
    },
  };
  const plan = { kind: 'tool', name, tool, isForced, unwraps: namesNoProperty('properties', schema) } as const;
  return isForced ? plan : { ...plan, instruction: `Give your final answer by calling the tool ${name} once.` };
}

/** Whether the schema says itself what an object holds, and no property has this name. */
function namesNoProperty(name: string, { properties, additionalProperties = false, ...others }: JsonSchema): boolean {
  const isOpen = additionalProperties !== false || SAY_MORE.some((keyword) => keyword in others);
  return !isOpen && isObject(properties) && Object.keys(properties).length > 0 && !Object.hasOwn(properties, name);
}

function toInstruction({ name, description }: NamedSchema, schema: JsonSchema): string {
  const what = description?.trim() ? `${wellFormed(name)}: ${wellFormed(description)}` : wellFormed(name);
  return `${BARE_JSON} It must match this JSON schema (${what}): ${JSON.stringify(schema)}`;
}
