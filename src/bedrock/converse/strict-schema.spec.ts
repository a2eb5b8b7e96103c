import { hasOnlyPlainReferences, isStrictSchema, toStrictSchema } from './strict-schema.js';

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

  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false };
  it.each<[string, object, boolean]>([
    ['no reference', { type: 'string' }, true],
    ['a definition', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, true],
    ['one definition twice', { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: {} } }, true],
    ['a definition of itself', { $ref: '#/$defs/node', $defs: { node } }, false],
    ['the schema itself', { type: 'object', properties: { a: { $ref: '#' } } }, false],
    ['another document', { $ref: 'https://schemas.example/a.json' }, false],
    ['nothing', { $ref: '#/$defs/a' }, false],
    ['a name that looks like a reference', { enum: [{ $ref: '#' }] }, true],
  ])('looks where references lead: %s', (_name, schema, expected) => {
    expect(hasOnlyPlainReferences(schema as never)).toBe(expected);
  });

  it('follows definitions that name each other many times', () => {
    const levels = Array.from({ length: 60 }, (_, level) => [
      `d${level}`,
      { anyOf: [{ $ref: `#/$defs/d${level + 1}` }, { $ref: `#/$defs/d${level + 1}` }] },
    ]);
    const $defs = { ...Object.fromEntries(levels), d60: {} };
    expect(hasOnlyPlainReferences({ $ref: '#/$defs/d0', $defs })).toBe(true);
  });

  it.each([
    [200, true],
    [201, false],
    [20_000, false],
  ])('follows chains of references before long: %i of them', (length, expected) => {
    const links = Array.from({ length: length - 1 }, (_, link) => [`d${link}`, { $ref: `#/$defs/d${link + 1}` }]);
    const $defs = { ...Object.fromEntries(links), [`d${length - 1}`]: {} };
    expect(hasOnlyPlainReferences({ $ref: '#/$defs/d0', $defs })).toBe(expected);
  });

  it.each<[string, object]>([
    ['an open object', { type: 'object' }],
    ['an open object inside', { type: 'array', items: { type: 'object', additionalProperties: true } }],
    ['a circle', { $ref: '#/$defs/node', $defs: { node } }],
  ])('knows that %s cannot be compiled', (_name, schema) => {
    expect(isStrictSchema(schema as never)).toBe(false);
  });

  it('makes every schema one that Bedrock compiles', () => {
    const schema = { type: 'object', properties: { a: { type: 'array', maxItems: 3, items: { multipleOf: 2 } } } };
    expect(isStrictSchema(schema)).toBe(false);
    expect(isStrictSchema(toStrictSchema(schema))).toBe(true);
  });
});
