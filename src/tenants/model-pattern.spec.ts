import * as fc from 'fast-check';
import { coversPattern, expandGroups, matchesPattern } from './model-pattern.js';

describe(matchesPattern.name, () => {
  it.each<[string, string, boolean]>([
    ['amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0', true],
    ['amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:00', false],
    ['*', 'anything', true],
    ['*', '', true],
    ['anthropic.*', 'anthropic.claude-sonnet-4-6', true],
    ['anthropic.*', 'eu.anthropic.claude-sonnet-4-6', false],
    ['*.anthropic.claude-*', 'eu.anthropic.claude-sonnet-4-6', true],
    ['*sonnet*', 'anthropic.claude-sonnet-4-6', true],
    ['a*a', 'a', false],
    ['a*b*b', 'ab', false],
    ['a*b*b', 'abb', true],
    ['amazon.nova', 'amazonXnova', false],
  ])('%s against %s: %s', (pattern, id, expected) => {
    expect(matchesPattern(pattern, id)).toBe(expected);
  });

  it('agrees with the regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    const id = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(text, id, (pattern, value) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(matchesPattern(pattern, value)).toBe(expression.test(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe(coversPattern.name, () => {
  it('never lets a narrower pattern reach further than the wider one', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const id = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, pattern, id, (outer, inner, value) => {
        fc.pre(coversPattern(outer, inner) && matchesPattern(inner, value));
        expect(matchesPattern(outer, value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('sees that a pattern covers its own narrowing', () => {
    expect(coversPattern('anthropic.*', 'anthropic.claude-*')).toBe(true);
    expect(coversPattern('anthropic.claude-*', 'anthropic.*')).toBe(false);
  });
});

describe(expandGroups.name, () => {
  it('puts the patterns of a group in its place, and nothing for one that does not exist', () => {
    expect(expandGroups(['a', 'group:small', 'group:gone'], { small: ['b', 'c*'] })).toEqual(['a', 'b', 'c*']);
  });

  it.each(['toString', 'constructor', '__proto__'])('knows no group %s that nobody has made', (name) => {
    expect(expandGroups(['a', `group:${name}`], {})).toEqual(['a']);
  });
});
