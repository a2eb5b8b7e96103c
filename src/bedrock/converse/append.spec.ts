import { prepareRequest } from '../../../test/support/prepare-request.js';
import { append } from './append.js';

const MANY = 150_000;
const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const TITAN = 'amazon.titan-text-express-v1';

const parts = Array.from({ length: MANY }, () => ({ type: 'text', text: 'a' }));
const user = { role: 'user', content: parts };
const question = { role: 'user', content: 'q' };

function blocksOf(model: string, fields: object): number {
  const { messages = [], system = [] } = prepareRequest(model, fields).input;
  return messages.reduce((sum, { content = [] }) => sum + content.length, system.length);
}

describe(append.name, () => {
  it.each<[string, string, object, number]>([
    ['a user message', CLAUDE, { messages: [user] }, MANY],
    ['an answer', CLAUDE, { messages: [question, { role: 'assistant', content: parts }, question] }, MANY + 2],
    ['a system message', CLAUDE, { messages: [{ role: 'system', content: parts }, question] }, MANY + 1],
    [
      'a system message of a model without one',
      TITAN,
      { messages: [{ role: 'system', content: parts }, question] },
      MANY + 1,
    ],
  ])('takes more parts of %s than a call takes arguments', (_name, model, fields, expected) => {
    expect(blocksOf(model, fields)).toBe(expected);
  });

  it('takes a schema of as many schemas', () => {
    const schema = {
      type: 'object',
      properties: { a: { anyOf: Array.from({ length: MANY }, () => ({ type: 'string' })) } },
    };
    const format = { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } };
    expect(blocksOf(CLAUDE, { messages: [question], response_format: format })).toBe(1);
  });
});
