import type { ConverseRequest } from '../wire/converse-request.js';
import { describeMedia, lastUserText, toolAnswers } from './conversation.js';

const request: ConverseRequest = {
  messages: [
    { role: 'user', content: [{ text: 'first' }] },
    { role: 'assistant', content: [{ text: 'answer' }] },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: '1', content: [{ text: 'sunny' }, { json: { t: 20 } }] } },
        { text: 'last' },
        { image: { format: 'png', source: { bytes: Buffer.from('pixels').toString('base64') } } },
        { document: { format: 'pdf', name: 'report', source: { bytes: Buffer.from('pages').toString('base64') } } },
      ],
    },
  ],
};

describe('the conversation that an answer refers to', () => {
  it('is the last user message, tool results included', () => {
    expect(lastUserText(request)).toBe('sunny\nlast');
  });

  it('holds what the tools answered', () => {
    expect(toolAnswers(request)).toBe('sunny | {"t":20}');
    expect(toolAnswers({ messages: request.messages?.slice(0, 1) })).toBeUndefined();
  });

  it('tells media by size and hash', () => {
    expect(describeMedia(request)).toEqual([
      '[image png, 6 bytes, sha256 6ec9c2b0eb140107]',
      '[document "report" pdf, 5 bytes, sha256 bfa062de040f55a1]',
    ]);
  });
});
