import type { ToolInputSchema } from '@aws-sdk/client-bedrock-runtime';
import type { JsonSchema } from '../../openai/chat-tool.schema.js';
import { isObject } from './is-object.js';
import { targetOf } from './strict-schema.js';
import { wellFormedJson } from './well-formed.js';

/** References to references end somewhere in any schema that is not broken. */
const REFERENCES_MAX = 10;
const COMBINATORS = ['allOf', 'anyOf', 'oneOf'] as const;

function objects(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

/** What a schema's own `$ref` points to inside `root`; everything below the top keeps its references. */
function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let count = 0; count < REFERENCES_MAX; count += 1) {
    const { $ref: reference, ...others } = current;
    if (typeof reference !== 'string') break;
    const target = targetOf(reference, root);
    current = { ...(target === current ? {} : target), ...others };
  }
  return current;
}

/** What a schema says under a key, by itself or by its own `$ref`, as `resolved` has it. */
function said(key: string, schema: JsonSchema, root: JsonSchema): unknown {
  let current: JsonSchema | undefined = schema;
  for (let count = 0; current !== undefined && count <= REFERENCES_MAX; count += 1) {
    if (Object.hasOwn(current, key)) return current[key];
    const reference: unknown = current['$ref'];
    current = typeof reference === 'string' ? targetOf(reference, root) : undefined;
  }
  return undefined;
}

/** Each of the values once, where it is last. Branches may refer to the same thing: to take it for each would take the square. */
function lastOfEach(values: readonly unknown[]): unknown[] {
  return [...new Set(values.toReversed())].toReversed();
}

/** Those that all lists have. */
function commonNames(lists: readonly string[][]): string[] {
  return lists.reduce((all, list) => {
    const known = new Set(list);
    return all.filter((name) => known.has(name));
  });
}

/** Alternatives at the top become one object: all properties, and those required that every alternative requires. */
function withoutCombinators(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let merged = schema;
  for (const combinator of COMBINATORS) {
    const branches = objects(merged[combinator]);
    if (branches.length > 0) {
      const { [combinator]: _branches, ...others } = merged;
      const ofBranches = (key: string) => lastOfEach(branches.map((branch) => said(key, branch, root)));
      const required = ofBranches('required').map(names);
      const common = combinator === 'allOf' ? required.flat() : commonNames(required);
      merged = {
        ...others,
        properties: Object.assign({}, ...ofBranches('properties'), others['properties']) as JsonSchema,
        required: [...new Set([...names(others['required']), ...common])],
      };
    }
  }
  return merged;
}

/** What says which schema language this is, and its own address: no model needs to know. */
const LABELS = new Set(['$schema', '$id']);
const OLD_REFERENCE = /^#\/definitions\//;

function withoutLabels(root: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(root).filter(([key]) => !LABELS.has(key)));
}

/**
 * Amazon's models: "inputSchema/json: extraneous key [definitions] is not permitted". They take `$defs` there.
 * Source: zed-industries/zed issue 28521 and recordings.
 */
function withNewDefinitions({ definitions, ...others }: JsonSchema): JsonSchema {
  return isObject(definitions)
    ? (withNewReferences({ ...others, $defs: { ...definitions, ...(others['$defs'] as JsonSchema) } }) as JsonSchema)
    : others;
}

function withNewReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNewReferences);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace(OLD_REFERENCE, '#/$defs/') : withNewReferences(inner),
    ]),
  );
}

/**
 * The schema of a tool's input. Bedrock wants an object at the top, and Claude neither alternatives nor a reference
 * there. Below the top everything stays as the client wrote it, circular references included.
 */
export function toInputSchema(
  parameters: JsonSchema | null | undefined,
  param: string,
  provider: string,
): ToolInputSchema.JsonMember {
  const given = wellFormedJson(parameters ?? {}, param) as JsonSchema;
  // Recorded clients of Claude send them, and it takes them.
  const plain = provider === 'anthropic' ? given : withoutLabels(given);
  const root = provider === 'amazon' ? withNewDefinitions(plain) : plain;
  const { required, ...schema } = withoutCombinators(resolved(root, root), root);
  const json: JsonSchema = {
    ...schema,
    type: 'object',
    ...(schema['properties'] === undefined && Object.keys(schema).every((key) => key === 'type')
      ? { properties: {} }
      : {}),
    ...(required === undefined || (root['required'] === undefined && names(required).length === 0) ? {} : { required }),
  };
  return { json: json as never };
}
