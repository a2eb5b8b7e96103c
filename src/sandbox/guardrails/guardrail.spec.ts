import { assess, requireGuardrail } from './guardrail.js';

describe(assess.name, () => {
  it.each([
    ['a plain text', 'hello', 'No action.'],
    ['an address', 'write to a.b@example.com', 'Guardrail masked.'],
    ['the blocked word', 'say sandbox-block', 'Guardrail blocked.'],
    ['the denied topic', 'about sandbox-topic', 'Guardrail blocked.'],
    ['a filter', 'sandbox-prompt-attack', 'Guardrail blocked.'],
  ])('judges %s', (_name, text, reason) => {
    expect(assess(text, '1').actionReason).toBe(reason);
  });

  it('masks every address', () => {
    expect(assess('a@b.com and c@d.org', '1').masked).toBe('{EMAIL} and {EMAIL}');
  });

  it('reports the filter that it found', () => {
    const { report } = assess('sandbox-hate', '1');
    const { filters } = report['contentPolicy'] as { filters: { type: string; action: string }[] };

    expect(filters.filter(({ action }) => action === 'BLOCKED').map(({ type }) => type)).toEqual(['HATE']);
  });

  it('counts a unit for each thousand characters', () => {
    expect(assess('a'.repeat(1001), '1').usage['contentPolicyUnits']).toBe(2);
  });
});

describe(requireGuardrail.name, () => {
  it.each([
    ['sandboxguard', 'DRAFT'],
    ['arn:aws:bedrock:us-east-1:123456789012:guardrail/sandboxguard', '3'],
  ])('knows %s version %s', (id, version) => {
    expect(() => requireGuardrail(id, version)).not.toThrow();
  });

  it.each([
    ['other', 'DRAFT'],
    ['sandboxguard', 'latest'],
  ])('does not know %s version %s', (id, version) => {
    expect(() => requireGuardrail(id, version)).toThrow('does not exist');
  });
});
