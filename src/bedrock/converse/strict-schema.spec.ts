import { isStrictSchema, toStrictSchema } from './strict-schema.js';

describe(toStrictSchema.name, () => {
  it.each<[string, object, object]>([
    [
      'objects at every level are closed',
      {
        type: 'object',
        properties: {
          a: { type: 'object', properties: {} },
          b: { type: 'array', items: { type: ['object', 'null'] } },
        },
      },
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          a: { type: 'object', properties: {}, additionalProperties: false },
          b: { type: 'array', items: { type: ['object', 'null'], additionalProperties: false } },
        },
      },
    ],
    [
      'an open object stays open',
      { type: 'object', additionalProperties: true },
      { type: 'object', additionalProperties: true },
    ],
    [
      'limits go into the description',
      {
        type: 'object',
        additionalProperties: false,
        properties: { n: { type: 'integer', minimum: 1, maximum: 9, description: 'N' } },
      },
      {
        type: 'object',
        additionalProperties: false,
        properties: { n: { type: 'integer', description: 'N (minimum: 1, maximum: 9)' } },
      },
    ],
    ['one item at least is no limit', { type: 'array', minItems: 1 }, { type: 'array', minItems: 1 }],
    [
      'more items are',
      { type: 'array', minItems: 2, maxItems: 5 },
      { type: 'array', description: 'minItems: 2, maxItems: 5' },
    ],
    [
      'properties may be called like keywords',
      {
        type: 'object',
        additionalProperties: false,
        properties: { minimum: { type: 'string' }, maxItems: { type: 'number' } },
      },
      {
        type: 'object',
        additionalProperties: false,
        properties: { minimum: { type: 'string' }, maxItems: { type: 'number' } },
      },
    ],
    [
      'data is left alone',
      { enum: [{ minimum: 1 }], const: { type: 'object' } },
      { enum: [{ minimum: 1 }], const: { type: 'object' } },
    ],
    [
      'definitions and alternatives are schemas',
      { $defs: { T: { type: 'object' } }, anyOf: [{ type: 'object' }, { type: 'null' }] },
      {
        $defs: { T: { type: 'object', additionalProperties: false } },
        anyOf: [{ type: 'object', additionalProperties: false }, { type: 'null' }],
      },
    ],
  ])('%s', (_name, schema, expected) => {
    expect(toStrictSchema(schema as never)).toEqual(expected);
  });

  it('makes every schema one that Bedrock compiles', () => {
    const schema = { type: 'object', properties: { a: { type: 'array', maxItems: 3, items: { multipleOf: 2 } } } };
    expect(isStrictSchema(schema)).toBe(false);
    expect(isStrictSchema(toStrictSchema(schema))).toBe(true);
  });
});
