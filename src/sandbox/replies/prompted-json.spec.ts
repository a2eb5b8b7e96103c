import { promptedJson } from './prompted-json.js';

const SCHEMA = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

describe(promptedJson.name, () => {
  it.each([
    ['no system prompt', undefined, undefined],
    ['a prompt that only speaks of JSON', 'You know JSON well.', undefined],
    ['a bare request', 'Answer with one JSON object and nothing else.', { sandbox: true, you_said: 'hi' }],
    ['a schema', `Return JSON of this schema:\n${JSON.stringify(SCHEMA)}\nNothing else.`, { name: 'sample name' }],
    ['braces that are no schema', 'Reply in JSON like {this}.', { sandbox: true, you_said: 'hi' }],
  ])('%s', (_name, text, expected) => {
    const answer = promptedJson({ system: text === undefined ? undefined : [{ text }] }, ' hi ');
    expect(answer === undefined ? undefined : JSON.parse(answer)).toEqual(expected);
  });
});
