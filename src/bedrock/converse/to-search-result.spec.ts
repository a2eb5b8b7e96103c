import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toSearchResult } from './to-search-result.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'us.amazon.nova-pro-v1:0';

const found = {
  type: 'search_result',
  source: 'https://docs.example/a',
  title: 'A',
  content: [{ type: 'text', text: 'one' }, { text: ' ' }],
  citations: { enabled: true },
};
const block = {
  searchResult: {
    source: 'https://docs.example/a',
    title: 'A',
    content: [{ text: 'one' }],
    citations: { enabled: true },
  },
};
const calling = [
  { role: 'user', content: 'q' },
  { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
];

const prepare = (model: string, messages: unknown[]) => prepareRequest(model, { messages });

describe(toSearchResult.name, () => {
  it.each([
    ['in a user message', [{ role: 'user', content: [found] }], [block]],
    [
      'in a tool message',
      [...calling, { role: 'tool', tool_call_id: 'a', content: [found] }],
      [{ toolResult: { toolUseId: 'a', content: [block] } }],
    ],
  ])('is a block that Claude cites, %s', (_name, messages, expected) => {
    expect(prepare(CLAUDE, messages).input.messages?.at(-1)?.content).toEqual(expected);
  });

  it.each([CLAUDE, NOVA])('is nothing where nothing was found, on %s', (model) => {
    const content = [
      { ...found, content: [{ text: ' ' }] },
      { type: 'text', text: 'q' },
    ];
    expect(prepare(model, [{ role: 'user', content }]).input.messages?.[0]?.content).toEqual([{ text: 'q' }]);
  });

  it('stands in a tool message in place of its text', () => {
    const { type: _type, ...result } = found;
    const tool = { role: 'tool', tool_call_id: 'a', content: 'the same as text' };
    const content = (searchResults: unknown[]) =>
      prepare(CLAUDE, [...calling, { ...tool, search_results: searchResults }]).input.messages?.at(-1)?.content;
    expect(content([result])).toEqual([{ toolResult: { toolUseId: 'a', content: [block] } }]);
    expect(content([])).toEqual([{ toolResult: { toolUseId: 'a', content: [{ text: 'the same as text' }] } }]);
  });

  it('takes its content as one text', () => {
    const messages = [{ role: 'user', content: [{ ...found, content: 'one', citations: null }] }];
    const { citations: _none, ...searchResult } = block.searchResult;
    expect(prepare(CLAUDE, messages).input.messages?.[0]?.content).toEqual([{ searchResult }]);
  });

  it('is text for other models, which is told', () => {
    const { input, adapted } = prepare(NOVA, [{ role: 'user', content: [found] }]);
    expect(input.messages?.[0]?.content).toEqual([{ text: 'A (https://docs.example/a)\none' }]);
    expect(adapted).toEqual(['messages']);
  });
});
