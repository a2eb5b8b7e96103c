import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { Turns } from './turns.js';

const COMPANY = { besideToolResults: 'anything', textBesideToolCalls: true } as never;
const call = (id: string): ContentBlock => ({ toolUse: { toolUseId: id, name: 'f', input: {} } });
const ids = (blocks: ContentBlock[] | undefined) => blocks?.map(({ text, toolUse }) => text ?? toolUse?.toolUseId);

it('lets all words of a turn stand before its calls, in their order', () => {
  const turns = new Turns();
  turns.add('user', [{ text: 'hi' }]);
  turns.add('assistant', [{ text: 'zero' }]);
  turns.add('assistant', [{ text: 'one' }, call('a')]);
  turns.add('assistant', [{ text: 'two' }, { text: 'three' }]);
  turns.add('assistant', [{ text: 'four' }, call('b')]);
  expect(ids(turns.toMessages(COMPANY)[1]?.content)).toEqual(['zero', 'one', 'two', 'three', 'four', 'a', 'b']);
});

it('leaves reasoning behind the calls that it follows, and puts later words before all of them', () => {
  const thought: ContentBlock = { reasoningContent: { reasoningText: { text: 'hm' } } };
  const turns = new Turns();
  turns.add('assistant', [call('a')]);
  turns.add('assistant', [thought, { text: 'one' }, call('b')]);
  turns.add('assistant', [{ text: 'two' }]);
  expect(ids(turns.toMessages(COMPANY)[1]?.content)).toEqual(['two', 'a', undefined, 'one', 'b']);
});

it('looks at each block a few times, however many stand before it', () => {
  let looks = 0;
  const block = (): ContentBlock => ({
    text: 'x',
    get toolUse() {
      looks += 1;
      return undefined;
    },
  });
  const turns = new Turns();
  for (let message = 0; message < 500; message += 1) turns.add('user', [block()]);
  expect(turns.toMessages(COMPANY)).toHaveLength(1);
  expect(looks).toBeLessThan(5_000);
});
