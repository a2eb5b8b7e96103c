import { countBlockTokens, countTokens, countToolTokens } from './tokens.js';

describe(countTokens.name, () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['abcd', 1],
    ['abcde', 2],
    ['日本', 2],
  ])('counts %j as %d', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens);
  });
});

describe(countBlockTokens.name, () => {
  it.each<[string, Parameters<typeof countBlockTokens>[0], number]>([
    ['a text', { text: 'abcdefgh' }, 2],
    ['an image', { image: { format: 'png', source: { bytes: 'AAAA' } } }, 400],
    ['a document of 12 bytes', { document: { name: 'd', source: { bytes: 'A'.repeat(16) } } }, 3],
    ['a call', { toolUse: { toolUseId: '1', name: 'four', input: { a: 1 } } }, 3],
    ['a result', { toolResult: { toolUseId: '1', content: [{ text: 'abcd' }, { json: { a: 1 } }] } }, 5],
    ['a thought', { reasoningContent: { reasoningText: { text: 'abcd', signature: 'long signature' } } }, 1],
    ['a sound', { audio: { format: 'mp3', source: { bytes: 'AAAA' } } }, 1000],
  ])('counts %s', (_name, block, tokens) => {
    expect(countBlockTokens(block)).toBe(tokens);
  });
});

describe(countToolTokens.name, () => {
  it('counts the tool as it is written', () => {
    const tool = { toolSpec: { name: 'a', inputSchema: { json: { type: 'object' } } } };

    expect(countToolTokens(tool)).toBe(Math.ceil(JSON.stringify(tool).length / 4));
  });
});
