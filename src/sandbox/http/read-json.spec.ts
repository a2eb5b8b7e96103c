import { readJson } from './read-json.js';

describe(readJson.name, () => {
  it('reads a member that is null as absent, but not inside a document', () => {
    const body = { system: null, messages: [{ role: 'user', content: [{ toolUse: { input: { a: null } } }] }] };

    expect(readJson(Buffer.from(JSON.stringify(body)))).toEqual({
      messages: [{ role: 'user', content: [{ toolUse: { input: { a: null } } }] }],
    });
  });

  it('refuses what is no JSON', () => {
    expect(() => readJson(Buffer.from('{'))).toThrow('not valid JSON');
  });
});
