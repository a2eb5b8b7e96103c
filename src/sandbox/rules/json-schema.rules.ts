import { modelRefusal, validationError } from '../errors/bedrock-error.js';
import { fieldUnsupported, isClaude, type Rule } from './rule.js';

type Schema = Record<string, unknown>;

const NUMBER_BOUNDS = ['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];

export const outputSchemaIsSupported: Rule = ({ outputConfig }, { model, capabilities }) => {
  const text = outputConfig?.textFormat?.structure.jsonSchema?.schema;
  if (text === undefined) return undefined;
  if (capabilities.nativeJsonSchema === false) return fieldUnsupported('outputConfig.textFormat');
  const schema = parse(text);
  if (!schema) {
    return validationError(
      'The format of the value at outputConfig.textFormat.structure.jsonSchema.schema is invalid. Provide a json object for the field and try again.',
    );
  }
  const flaw = isClaude(model) && findFlaw(schema, schema);
  return flaw ? modelRefusal(`output_config.format.schema: ${flaw}`) : undefined;
};

export const strictSchemasAreInTheSubset: Rule = ({ toolConfig }, { model }) => {
  if (!isClaude(model)) return undefined;
  for (const [index, { toolSpec }] of (toolConfig?.tools ?? []).entries()) {
    const schema = toolSpec?.strict ? (toolSpec.inputSchema.json as Schema) : undefined;
    const flaw = schema && findFlaw(schema, schema);
    if (flaw) return modelRefusal(`tools.${index}.custom: ${flaw}`);
  }
  return undefined;
};

/** The first thing outside the subset of JSON Schema that a grammar can be compiled from. */
function findFlaw(node: unknown, root: Schema, open: readonly string[] = []): string | undefined {
  if (Array.isArray(node)) return firstFlaw(node, root, open);
  if (!isSchema(node)) return undefined;
  const reference = node['$ref'];
  if (typeof reference === 'string') return findReferenceFlaw(reference, root, open);
  return flawOfType(node) ?? firstFlaw(childrenOf(node), root, open);
}

function firstFlaw(nodes: readonly unknown[], root: Schema, open: readonly string[]): string | undefined {
  return nodes.map((node) => findFlaw(node, root, open)).find((flaw) => flaw !== undefined);
}

function findReferenceFlaw(reference: string, root: Schema, open: readonly string[]): string | undefined {
  if (!reference.startsWith('#')) return `External $ref '${reference}' is not supported`;
  if (open.includes(reference)) return `Circular reference detected in schema definitions: ${reference}`;
  const target = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (isSchema(value) ? value[key] : undefined), root);
  return findFlaw(target, root, [...open, reference]);
}

function flawOfType(schema: Schema): string | undefined {
  switch (schema['type']) {
    case 'object':
      return schema['additionalProperties'] === false
        ? undefined
        : "For 'object' type, 'additionalProperties' must be explicitly set to false";
    case 'array':
      return arrayFlaw(schema);
    case 'integer':
    case 'number': {
      const bound = NUMBER_BOUNDS.find((name) => name in schema);
      return bound && `For '${schema['type']}' type, property '${bound}' is not supported`;
    }
    default:
      return undefined;
  }
}

function arrayFlaw(schema: Schema): string | undefined {
  if ('maxItems' in schema) return "For 'array' type, property 'maxItems' is not supported";
  const least = schema['minItems'];
  return typeof least === 'number' && least > 1
    ? `For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: ${least})`
    : undefined;
}

function childrenOf(schema: Schema): unknown[] {
  const properties = isSchema(schema['properties']) ? Object.values(schema['properties']) : [];
  const lists = ['anyOf', 'allOf', 'oneOf'].flatMap((name) => (Array.isArray(schema[name]) ? schema[name] : []));
  return [...properties, schema['items'], ...lists];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): Schema | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSchema(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
