import type { Reply, ReplyBlock } from '../replies/reply.js';
import { seededRandom } from '../replies/seed.js';
import { converseEvents, type StreamEvent } from './events.js';

function events(blocks: ReplyBlock[], chunks?: number): StreamEvent[] {
  const reply: Reply = { blocks, stopReason: 'end_turn', usage: undefined, latencyMs: 1, extras: {} };
  return [...converseEvents(reply, { random: seededRandom('s'), chunks, omitsEmptyInput: true })];
}

function deltas(list: StreamEvent[]): unknown[] {
  return list.filter(({ type }) => type === 'contentBlockDelta').map(({ payload }) => payload['delta']);
}

describe(converseEvents.name, () => {
  it('starts only the blocks of tools and numbers all of them', () => {
    const list = events([{ text: 'hi' }, { toolUse: { toolUseId: '1', name: 'a', input: {} } }]);

    expect(list.map(({ type, payload }) => [type, payload['contentBlockIndex']])).toEqual([
      ['messageStart', undefined],
      ['contentBlockDelta', 0],
      ['contentBlockStop', 0],
      ['contentBlockStart', 1],
      ['contentBlockDelta', 1],
      ['contentBlockStop', 1],
      ['messageStop', undefined],
      ['metadata', undefined],
    ]);
  });

  it('pads every event', () => {
    expect(events([{ text: 'hi' }]).every(({ payload }) => /^[a-zA-Z0-9]{1,62}$/.test(String(payload['p'])))).toBe(
      true,
    );
  });

  it.each([1, 3, 7])('cuts a text into %d deltas', (chunks) => {
    const text = 'naïve 日本 🚀';
    const pieces = deltas(events([{ text }], chunks)).map((delta) => (delta as { text: string }).text);

    expect(pieces).toHaveLength(chunks);
    expect(pieces.join('')).toBe(text);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  it('sends the signature after the thought', () => {
    const thought = { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } };

    expect(deltas(events([thought]))).toEqual([
      { reasoningContent: { text: 'hm' } },
      { reasoningContent: { signature: 's' } },
    ]);
  });

  it('sends the arguments of a call as pieces of JSON', () => {
    const input = { city: 'a rather long name of a city', days: 3 };
    const pieces = deltas(events([{ toolUse: { toolUseId: '1', name: 'a', input } }])) as {
      toolUse: { input: string };
    }[];

    expect(pieces.length).toBeGreaterThan(2);
    expect(JSON.parse(pieces.map(({ toolUse }) => toolUse.input).join(''))).toEqual(input);
  });
});
