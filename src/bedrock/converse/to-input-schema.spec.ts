import { toInputSchema } from './to-input-schema.js';

const a = { a: { type: 'string' } };
const b = { b: { type: 'number' } };

describe(toInputSchema.name, () => {
  it.each<[string, object | null | undefined, object]>([
    ['nothing', undefined, { type: 'object', properties: {} }],
    ['null', null, { type: 'object', properties: {} }],
    ['an empty schema', {}, { type: 'object', properties: {} }],
    ['a type alone', { type: 'object' }, { type: 'object', properties: {} }],
    ['a missing type', { properties: a }, { type: 'object', properties: a }],
    ['a type that may be null', { type: ['object', 'null'], properties: a }, { type: 'object', properties: a }],
    [
      'a whole schema',
      { type: 'object', properties: a, required: ['a'] },
      { type: 'object', properties: a, required: ['a'] },
    ],
    [
      'an empty list of required names',
      { type: 'object', properties: a, required: [] },
      { type: 'object', properties: a, required: [] },
    ],
    [
      'alternatives',
      {
        anyOf: [
          { type: 'object', properties: a, required: ['a'] },
          { type: 'object', properties: { ...a, ...b }, required: ['a', 'b'] },
        ],
      },
      { type: 'object', properties: { ...a, ...b }, required: ['a'] },
    ],
    [
      'parts of one',
      {
        allOf: [
          { properties: a, required: ['a'] },
          { properties: b, required: ['b'] },
        ],
      },
      { type: 'object', properties: { ...a, ...b }, required: ['a', 'b'] },
    ],
    [
      'a reference at the top',
      { $ref: '#/$defs/T', $defs: { T: { type: 'object', properties: a } } },
      { type: 'object', properties: a, $defs: { T: { type: 'object', properties: a } } },
    ],
    [
      'alternatives by reference',
      { oneOf: [{ $ref: '#/$defs/T' }], $defs: { T: { type: 'object', properties: a, required: ['a'] } } },
      {
        type: 'object',
        properties: a,
        required: ['a'],
        $defs: { T: { type: 'object', properties: a, required: ['a'] } },
      },
    ],
    ['a reference to itself', { $ref: '#' }, { type: 'object', properties: {} }],
    ['a reference to nothing', { $ref: '#/$defs/none', properties: a }, { type: 'object', properties: a }],
  ])('makes an object of %s', (_name, schema, expected) => {
    expect(toInputSchema(schema as never, 'p', 'anthropic').json).toEqual(expected);
  });

  it('gives Amazon only what it takes at the top', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'urn:x',
      type: 'object',
      properties: { when: { anyOf: [{ $ref: '#/definitions/Time' }, { type: 'null' }] } },
      additionalProperties: false,
      definitions: { Time: { type: 'string' } },
    };
    expect(toInputSchema(schema, 'p', 'amazon').json).toEqual({
      type: 'object',
      properties: { when: { anyOf: [{ $ref: '#/$defs/Time' }, { type: 'null' }] } },
      additionalProperties: false,
      $defs: { Time: { type: 'string' } },
    });
    expect(toInputSchema(schema, 'p', 'anthropic').json).toEqual(schema);
    const { $schema: _language, $id: _address, ...plain } = schema;
    expect(toInputSchema(schema, 'p', 'openai').json).toEqual(plain);
  });

  it('keeps circular references below the top', () => {
    const schema = {
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    };
    expect(toInputSchema(schema, 'p', 'anthropic').json).toEqual(schema);
  });

  it('ends on two references that point to each other', () => {
    const schema = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
    expect(toInputSchema(schema, 'p', 'anthropic').json).toMatchObject({ type: 'object' });
  });

  // To look at every name again for every branch would take minutes.
  it.each(['allOf', 'anyOf'])('merges 20,000 branches in %s that refer to 20,000 names', (combinator) => {
    const all = Array.from({ length: 20_000 }, (_, index) => `p${index}`);
    const members = Object.fromEntries(all.map((name) => [name, {}]));
    const $defs = { all: { ...members, properties: members, required: all }, same: { required: all.toReversed() } };
    const branches = [...all.map(() => ({ $ref: '#/$defs/all' })), { $ref: '#/$defs/same', properties: a }];
    const { json } = toInputSchema({ type: 'object', [combinator]: branches, $defs }, 'p', 'anthropic');
    expect(json).toEqual({ type: 'object', $defs, properties: { ...members, ...a }, required: all });
  });
});
