import { Script, type ScriptedRequest } from './script.js';

const call: ScriptedRequest = {
  operation: 'Converse',
  modelId: 'm',
  region: 'us-east-1',
  text: 'hello',
  metadata: { team: 'blue' },
};

describe(Script.name, () => {
  it('serves behaviours in their order, each as often as it says', () => {
    const script = new Script();
    script.next({ reply: 'a', times: 2 });
    script.next({ reply: 'b' });

    expect([1, 2, 3, 4].map(() => script.take(call)?.reply)).toEqual(['a', 'a', 'b', undefined]);
    expect(script.pending).toBe(0);
  });

  it.each([
    ['operation', { operation: 'ConverseStream' }],
    ['model', { modelId: 'n' }],
    ['text', { textIncludes: 'bye' }],
    ['metadata', { metadata: { team: 'red' } }],
    ['tool', { tool: 'add' }],
    ['turn', { afterToolResult: true }],
  ])('keeps a behaviour for another %s', (_name, match) => {
    const script = new Script();
    script.next({ match, reply: 'kept' });

    expect(script.take(call)).toBeUndefined();
    expect(script.pending).toBe(1);
  });

  it('tells a question with tools from the turn after them', () => {
    const script = new Script();
    script.next({ match: { tool: 'add', afterToolResult: false }, reply: 'call' });
    script.next({ match: { tool: 'add', afterToolResult: true }, reply: 'done' });

    expect(script.take({ ...call, tools: ['add'], afterToolResult: true })?.reply).toBe('done');
    expect(script.take({ ...call, tools: ['add'] })?.reply).toBe('call');
  });

  it('finds the behaviour that fits', () => {
    const script = new Script();
    script.next({ match: { modelId: 'n' }, reply: 'no' });
    script.next({ match: { modelId: 'm', metadata: { team: 'blue' }, textIncludes: 'ell' }, reply: 'yes' });

    expect(script.take(call)?.reply).toBe('yes');
  });

  it('gives a list only what names its operation', () => {
    const script = new Script();
    script.next({ reply: 'for a call' });
    script.next({ match: { operation: 'ListGuardrails' }, reply: 'for the list' });

    expect(script.takeFor('ListGuardrails')?.reply).toBe('for the list');
    expect(script.takeFor('ListGuardrails')).toBeUndefined();
  });
});
