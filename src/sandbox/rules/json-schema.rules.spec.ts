import type { ConverseRequest } from '../wire/converse-request.js';
import { outputSchemaIsSupported, strictSchemasAreInTheSubset } from './json-schema.rules.js';
import { CLAUDE, refusalOf } from './rule-samples.js';

function output(schema: unknown): ConverseRequest {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: text } } } } };
}

function objectOf(properties: Record<string, unknown>): Record<string, unknown> {
  return { type: 'object', properties, additionalProperties: false };
}

describe('rules of JSON schemas', () => {
  it.each<[string, unknown, string]>([
    ['a bound on a list', { type: 'array', maxItems: 3 }, "For 'array' type, property 'maxItems' is not supported"],
    ['a least length of 2', { type: 'array', minItems: 2 }, "'minItems' values other than 0 or 1 are not supported"],
    ['a step', { type: 'integer', multipleOf: 5 }, "For 'integer' type, property 'multipleOf' is not supported"],
    ['a least number', { type: 'number', minimum: 0 }, "For 'number' type, property 'minimum' is not supported"],
    ['an open object', { type: 'object' }, "'additionalProperties' must be explicitly set to false"],
    ['a schema elsewhere', { $ref: 'https://example.com/s' }, "External $ref 'https://example.com/s' is not supported"],
    ['a flaw in a choice', { anyOf: [{ type: 'null' }, { type: 'object' }] }, 'explicitly set to false'],
  ])('refuse %s', (_name, property, message) => {
    const schema = objectOf({ value: property });
    const tool = { toolSpec: { name: 'a', strict: true, inputSchema: { json: schema } } };

    expect(refusalOf(outputSchemaIsSupported, { request: output(schema), modelId: CLAUDE })).toContain(message);
    expect(
      refusalOf(strictSchemasAreInTheSubset, { request: { toolConfig: { tools: [tool] } }, modelId: CLAUDE }),
    ).toContain(`tools.0.custom: `);
  });

  it('refuse a schema that holds itself', () => {
    const schema = { $ref: '#/$defs/node', $defs: { node: objectOf({ next: { $ref: '#/$defs/node' } }) } };

    expect(refusalOf(outputSchemaIsSupported, { request: output(schema), modelId: CLAUDE })).toContain(
      'Circular reference detected',
    );
  });

  it('refuse a schema that is no JSON', () => {
    expect(refusalOf(outputSchemaIsSupported, { request: output('{') })).toContain('is invalid. Provide a json object');
  });

  it('refuse an output schema where there is none', () => {
    const sample = { request: output({}), capabilities: { nativeJsonSchema: false } };

    expect(refusalOf(outputSchemaIsSupported, sample)).toContain('outputConfig.textFormat field');
  });

  it('accept the subset, and anything in a tool that is not strict', () => {
    const schema = {
      ...objectOf({
        name: { type: 'string', minLength: 1 },
        tags: { type: 'array', minItems: 1, items: { $ref: '#/$defs/tag' } },
      }),
      $defs: { tag: { enum: ['a', 'b'] } },
    };
    const loose = { toolSpec: { name: 'a', inputSchema: { json: { type: 'object', maxItems: 3 } } } };

    expect(refusalOf(outputSchemaIsSupported, { request: output(schema), modelId: CLAUDE })).toBeUndefined();
    expect(
      refusalOf(strictSchemasAreInTheSubset, { request: { toolConfig: { tools: [loose] } }, modelId: CLAUDE }),
    ).toBeUndefined();
  });
});
