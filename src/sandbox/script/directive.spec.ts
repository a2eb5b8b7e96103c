import { readDirective } from './directive.js';

describe(readDirective.name, () => {
  it('leaves a plain text alone', () => {
    expect(readDirective('hello [[x]]')).toEqual({ rest: 'hello [[x]]' });
  });

  it('takes the directive out of the text', () => {
    const { behaviour, rest } = readDirective('a [[sandbox: {"reply":"b","fault":{"kind":"html"}}]] c');

    expect(rest).toBe('a  c');
    expect(behaviour).toMatchObject({ reply: 'b', fault: [{ kind: 'html', status: 503 }] });
  });

  it('reads past brackets that belong to the JSON', () => {
    const { behaviour } = readDirective('[[sandbox: {"toolCalls":[{"name":"a","input":{"m":[[1]]}}]}]]');

    expect(behaviour?.toolCalls?.[0]?.input).toEqual({ m: [[1]] });
  });

  it.each([
    ['no JSON', '[[sandbox: reply]]', 'does not hold valid JSON'],
    ['an unknown member', '[[sandbox: {"replay":"x"}]]', 'replay'],
    ['a wrong value', '[[sandbox: {"chunks":0}]]', 'directive member "chunks"'],
  ])('refuses %s', (_name, text, message) => {
    expect(() => readDirective(text)).toThrow(message);
  });
});
