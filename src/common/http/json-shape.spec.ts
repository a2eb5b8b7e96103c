import { excessOf } from './json-shape.js';

const excess = (text: string) => excessOf(Buffer.from(text));
const list = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`;

it.each([
  ['310,000 numbers', list('1', 310_001), undefined],
  ['one more', list('1', 310_002), 'more than 310000 values'],
  ['as many tokens in as many texts as OpenAI embeds at once', list(list('1', 146), 2_048), undefined],
  ['50,000 objects', list('{"a":1}', 49_999), undefined],
  ['one more object', list('{"a":1}', 50_000), 'more than 50000 lists and objects'],
  ['lists in each other', '['.repeat(50_001), 'more than 50000 lists and objects'],
  ['a text of signs', JSON.stringify('[{,'.repeat(500_000)), undefined],
  ['a text of quotes and backslashes', JSON.stringify({ a: '\\"[,'.repeat(300_000), b: '\\\\' }), undefined],
  ['signs behind such a text', `{"a":"\\\\","b":${list('1', 310_002)}}`, 'more than 310000 values'],
  ['a text without an end', `["${'[,'.repeat(300_000)}`, undefined],
])('finds in %s what is too much', (_, text, expected) => {
  expect(excess(text)).toBe(expected);
});

it.each(['', 'a', '\\', '\\\\', '"', '"\\"', '\\""'])(
  'finds the end of a text of any length that ends with <%s>',
  (end) => {
    for (let length = 240; length < 270; length += 1) {
      const text = JSON.stringify('a'.repeat(length) + end);
      expect(excess(`[${text}${'['.repeat(50_000)}`)).toBe('more than 50000 lists and objects');
      expect(excess(JSON.stringify(text + '['.repeat(50_001)))).toBeUndefined();
    }
  },
);
