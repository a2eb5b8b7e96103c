import { countBlocks, limitBlocks } from './limits.js';
import type { ReplyBlock } from './reply.js';

const call: ReplyBlock = { toolUse: { toolUseId: '1', name: 'call', input: { a: 'long enough' } } };

describe(limitBlocks.name, () => {
  it('ends the text before the first stop sequence', () => {
    expect(limitBlocks([{ text: 'one END two STOP' }, call], ['STOP', 'END'], undefined)).toEqual({
      blocks: [{ text: 'one ' }],
      stoppedBy: 'END',
      exhausted: false,
    });
  });

  it('ends the text at the limit, in whole characters', () => {
    const { blocks, exhausted } = limitBlocks([{ text: 'ab日本語' }], [], 2);

    expect(blocks).toEqual([{ text: 'ab日本' }]);
    expect(exhausted).toBe(true);
    expect(countBlocks(blocks)).toBe(2);
    expect(limitBlocks([{ text: 'abcdefghi' }], [], 2).blocks).toEqual([{ text: 'abcdefgh' }]);
  });

  it('leaves out a call that does not fit', () => {
    expect(limitBlocks([{ text: 'abcd' }, call], [], 2)).toEqual({ blocks: [{ text: 'abcd' }], exhausted: true });
  });

  it('leaves an answer within its limits as it is', () => {
    expect(limitBlocks([{ text: 'abcd' }, call], ['x'], 100)).toEqual({
      blocks: [{ text: 'abcd' }, call],
      exhausted: false,
    });
  });
});
