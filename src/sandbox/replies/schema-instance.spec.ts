import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { schemaInstance } from './schema-instance.js';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const tree = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] };

describe(schemaInstance.name, () => {
  it.each<[string, object]>([
    ['required members', { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a'] }],
    ['numbers within bounds', { type: 'integer', minimum: 7, multipleOf: 5, maximum: 50 }],
    ['an exclusive bound', { type: 'number', exclusiveMinimum: 3 }],
    ['a small maximum', { type: 'number', maximum: -1 }],
    ['a list of three', { type: 'array', minItems: 3, items: { type: 'boolean' } }],
    ['a text of exact length', { type: 'string', minLength: 30, maxLength: 30 }],
    ['formats', { type: 'object', properties: { a: { type: 'string', format: 'uuid' }, b: { format: 'date-time' } } }],
    ['a constant', { const: 5 }],
    ['choices', { anyOf: [{ type: 'null' }, { type: 'string' }] }],
    ['a list of types', { type: ['integer', 'null'] }],
    [
      'all of several',
      { allOf: [{ $ref: '#/$defs/a' }, { required: ['b'] }], $defs: { a: { properties: { b: { type: 'integer' } } } } },
    ],
    [
      'a tree',
      { ...tree, $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: [] } } },
    ],
  ])('fits a schema of %s', (_name, schema) => {
    expect(ajv.validate(schema, schemaInstance(schema))).toBe(true);
  });

  it('ends even where a schema has no end', () => {
    const endless = { ...tree, $defs: { node: tree } };

    expect(JSON.stringify(schemaInstance(endless)).length).toBeLessThan(500);
  });

  it('prefers what the schema suggests', () => {
    const schema = {
      type: 'object',
      properties: { a: { default: 3 }, b: { examples: ['x'] }, c: { enum: ['y', 'z'] } },
    };

    expect(schemaInstance(schema)).toEqual({ a: 3, b: 'x', c: 'y' });
  });
});
