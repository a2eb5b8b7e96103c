import { embeddingRequestSchema } from './embedding-request.schema.js';
import { toInvalidRequest } from './validation-issue.js';

function parse(input: unknown, more: object = {}) {
  return embeddingRequestSchema.safeParse({ model: 'm', input, ...more });
}

describe('embeddingRequestSchema', () => {
  it.each([
    ['a text', 'hello'],
    ['texts', ['a', 'b']],
    ['tokens', [15339, 1917]],
    ['texts in tokens', [[15339], [1917]]],
    ['a mix with an image', ['a', { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }]],
    [
      'text and image as one',
      [
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: 'data:x' },
          ],
        },
      ],
    ],
    ['as many inputs as OpenAI takes', Array.from({ length: 2048 }, () => 'a')],
    ['a text of many tokens', Array.from({ length: 8000 }, () => 1)],
  ])('takes %s', (_name, input) => {
    expect(parse(input).data?.input).toEqual(input);
  });

  it.each<[string, unknown, string | null, string]>([
    ['no input', undefined, 'input', 'missing_required_parameter'],
    ['an empty text', '', 'input', 'empty_string'],
    ['an empty list', [], 'input', 'empty_array'],
    ['an empty text in a list', ['a', ''], 'input[1]', 'empty_string'],
    ['an empty list of tokens', [[1], []], 'input[1]', 'empty_array'],
    ['more inputs than OpenAI takes', Array.from({ length: 2049 }, () => 'a'), 'input', 'array_above_max_length'],
    ['a number', 7, 'input', 'invalid_type'],
  ])('refuses %s', (_name, input, param, code) => {
    expect(toInvalidRequest(parse(input).error?.issues ?? [])).toMatchObject({ status: 400, param, code });
  });

  it.each([[[-1]], [[100_277]], [[1.5]], [['a', 1]]])('refuses %j, naming the input', (input) => {
    const error = toInvalidRequest(parse(input).error?.issues ?? []);
    expect(error).toMatchObject({ status: 400, param: expect.stringMatching(/^input\[\d\]$/) });
  });

  it.each([
    ['dimensions', { dimensions: 0 }],
    ['encoding_format', { encoding_format: 'hex' }],
    ['input_type', { input_type: 'novel' }],
    ['truncate', { truncate: 'middle' }],
  ])('names %s', (param, more) => {
    expect(toInvalidRequest(parse('a', more).error?.issues ?? [])).toMatchObject({ param });
  });

  it('tells that dimensions are an integer', () => {
    const error = toInvalidRequest(parse('a', { dimensions: 0 }).error?.issues ?? []);
    expect(error).toMatchObject({ code: 'integer_below_min_value' });
  });

  it('takes null for what a client does not set', () => {
    expect(parse('a', { dimensions: null, encoding_format: null, input_type: null, user: null }).success).toBe(true);
  });
});
