import type { JsonSchema } from '../../openai/chat-tool.schema.js';
import { append } from './append.js';
import { isObject } from './is-object.js';

/** Keywords that Bedrock's grammars do not hold. Source: its guide to structured output. */
const UNSUPPORTED = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);
/** Members whose own members are named by the client and are schemas, not keywords. */
const SCHEMA_MAPS = new Set(['properties', '$defs', 'definitions', 'patternProperties']);
/** Members that hold data, which may look like a schema. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'required']);
/** References one behind the other. No schema that people write has so many, and each takes a piece of the stack. */
const CHAIN_MAX = 200;

function isUnsupported(key: string, value: unknown): boolean {
  return UNSUPPORTED.has(key) || (key === 'minItems' && value !== 0 && value !== 1);
}

function mapSchemas(key: string, value: unknown, map: (schema: JsonSchema) => unknown): unknown {
  if (DATA.has(key)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown) => (isObject(item) ? map(item) : item));
  }
  if (!isObject(value)) {
    return value;
  }
  return SCHEMA_MAPS.has(key)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, isObject(item) ? map(item) : item]))
    : map(value);
}

function describesObject(schema: JsonSchema): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isObject(schema['properties']);
}

/**
 * A schema that Bedrock can compile: objects are closed unless the schema says otherwise, and limits that no grammar
 * can hold go into the description, where the model still reads them.
 */
export function toStrictSchema(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema);
  const limits = entries.filter(([key, value]) => isUnsupported(key, value));
  const kept = Object.fromEntries(
    entries
      .filter(([key, value]) => !isUnsupported(key, value))
      .map(([key, value]) => [key, mapSchemas(key, value, toStrictSchema)]),
  );
  if (describesObject(schema) && schema['additionalProperties'] === undefined) {
    kept['additionalProperties'] = false;
  }
  if (limits.length > 0) {
    const text = limits.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ');
    kept['description'] = typeof schema['description'] === 'string' ? `${schema['description']} (${text})` : text;
  }
  return kept;
}

/** Every schema in a schema, itself first; references are not followed. */
function allSchemas(schema: JsonSchema): JsonSchema[] {
  const found = [schema];
  for (const [key, value] of Object.entries(schema)) {
    mapSchemas(key, value, (inner) => append(found, allSchemas(inner)));
  }
  return found;
}

function referencesIn(schema: JsonSchema): string[] {
  return allSchemas(schema).flatMap(({ $ref: reference }) => (typeof reference === 'string' ? [reference] : []));
}

/** What a reference of the same document points to. */
export function targetOf(reference: string, root: JsonSchema): JsonSchema | undefined {
  const target = reference
    .replace(/^#\/?/, '')
    .split('/')
    .reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), root);
  return isObject(target) ? target : undefined;
}

/**
 * Whether following the references of a schema ends, inside the schema itself and before long. No grammar can be made of
 * the others.
 */
export function hasOnlyPlainReferences(root: JsonSchema): boolean {
  const open = new Set<string>();
  // Each reference is followed once: definitions that name each other twice would else take exponential time.
  const plain = new Set<string>();
  const isPlain = (reference: string): boolean => {
    if (plain.has(reference)) return true;
    const target = reference.startsWith('#') ? targetOf(reference, root) : undefined;
    if (target === undefined || open.has(reference) || open.size >= CHAIN_MAX) return false;
    open.add(reference);
    const isEndless = !referencesIn(target).every(isPlain);
    open.delete(reference);
    plain.add(reference);
    return !isEndless;
  };
  return referencesIn(root).every(isPlain);
}

function isMap({ additionalProperties: others }: JsonSchema): boolean {
  return isObject(others) || others === true;
}

/** Whether some object takes members of any name, also beside those that it names. No grammar holds it, and closed it has none. */
export function holdsMaps(root: JsonSchema): boolean {
  return allSchemas(root).some(isMap);
}

function isClosedAndPlain(schema: JsonSchema): boolean {
  const isPlain = !Object.entries(schema).some(([key, value]) => isUnsupported(key, value));
  return isPlain && (!describesObject(schema) || schema['additionalProperties'] === false);
}

/** Whether Bedrock can compile a schema as it stands. */
export function isStrictSchema(root: JsonSchema): boolean {
  return allSchemas(root).every(isClosedAndPlain) && hasOnlyPlainReferences(root);
}
