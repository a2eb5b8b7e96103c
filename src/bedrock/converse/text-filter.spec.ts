import * as fc from 'fast-check';
import { FenceFilter, StopFilter, TextFilters, WrapperFilter, type TextFilter } from './text-filter.js';

function run(filter: TextFilter, parts: readonly string[]): string {
  return parts.map((part) => filter.push(part)).join('') + filter.end();
}

const FENCE = '```';

describe(StopFilter.name, () => {
  it.each<[string, string[], string]>([
    ['one STOP two', ['STOP'], 'one '],
    ['one STO', ['STOP'], 'one STO'],
    ['STOP', ['STOP'], ''],
    ['a\n\nb', ['\n\n'], 'a'],
    ['aaab', ['aab'], 'a'],
    ['xabY', ['abYz', 'bY'], 'xa'],
    ['ab12', ['ab12', 'b'], 'a'],
    ['plain', [], 'plain'],
  ])('ends %j before %j', (text, sequences, expected) => {
    expect(run(new StopFilter(sequences), [text])).toBe(expected);
    expect(run(new StopFilter(sequences), text.split(''))).toBe(expected);
  });

  it('says whether it stopped', () => {
    const filter = new StopFilter(['XY']);
    filter.push('aX');
    expect(filter.isStopped).toBe(false);
    filter.push('Yb');
    expect([filter.isStopped, filter.push('c'), filter.end()]).toEqual([true, '', '']);
  });

  it('gives at once what no stop sequence can take back', () => {
    const filter = new StopFilter(['STOP']);
    expect([filter.push('one S'), filter.push('o'), filter.push(' ST')]).toEqual(['one ', 'So', ' ']);
  });

  it('gives the same however the text is split', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c') })), fc.array(word), (parts, sequences) => {
        expect(run(new StopFilter(sequences), parts)).toBe(run(new StopFilter(sequences), parts.join('').split('')));
      }),
    );
  });
});

describe(FenceFilter.name, () => {
  it.each([
    ['{"a":1}', '{"a":1}'],
    [`${FENCE}json\n{"a":1}\n${FENCE}`, '{"a":1}'],
    [`\n ${FENCE}JSON\n[1]\n${FENCE}\n`, '[1]'],
    [`${FENCE}\n{"a":1}\n${FENCE}`, '{"a":1}'],
    [`${FENCE}json {"a":1}${FENCE}`, '{"a":1}'],
    [`${FENCE}json\n{"a":1}\n${FENCE}\n\nThat is the answer.`, '{"a":1}'],
    [`${FENCE}json\n{"a":"${FENCE}"}\n${FENCE}`, `{"a":"${FENCE}"}`],
    [`${FENCE}json\n{"a":1`, '{"a":1'],
    [`{"a":"${FENCE}json"}`, `{"a":"${FENCE}json"}`],
    [`Here: ${FENCE}json\n{}\n${FENCE}`, `Here: ${FENCE}json\n{}\n${FENCE}`],
    [`${FENCE}python\nprint()\n${FENCE}`, `${FENCE}python\nprint()\n${FENCE}`],
    ['``', '``'],
    ['', ''],
  ])('makes %j to %j', (text, expected) => {
    expect(run(new FenceFilter(), [text]).trimEnd()).toBe(expected);
    expect(run(new FenceFilter(), text.split('')).trimEnd()).toBe(expected);
  });

  it('streams what stands inside', () => {
    const filter = new FenceFilter();
    const parts = [`${FENCE}js`, 'on\n{"a"', ':1', '}\n', FENCE.slice(1)];
    expect(parts.map((part) => filter.push(part))).toEqual(['', '{"a"', ':1', '}', '']);
  });

  it('gives the same however the text is split', () => {
    const piece = fc.constantFrom(FENCE, '`', 'json', '\n', ' ', '{"a":1}', 'x');
    fc.assert(
      fc.property(fc.array(piece), (parts) => {
        expect(run(new FenceFilter(), parts)).toBe(run(new FenceFilter(), parts.join('').split('')));
      }),
    );
  });
});

describe(WrapperFilter.name, () => {
  it.each([
    ['{"properties":{"a":1}}', '{"a":1}'],
    [' {\n "properties" : {"a":{"b":"}"}} }\n', '{"a":{"b":"}"}}'],
    ['{"properties":{"a":"\\"}","b":"\\\\"}}', '{"a":"\\"}","b":"\\\\"}'],
    ['{"properties":{"a":1},"type":"object"}', '{"a":1}'],
    ['{"properties":{"a":', '{"a":'],
    ['{"properties":{}}', '{}'],
    ['{"properties":[1]}', '{"properties":[1]}'],
    ['{"proper ties":{}}', '{"proper ties":{}}'],
    ['{"a":{"properties":{}}}', '{"a":{"properties":{}}}'],
    ['{"a":"\\"","b":1}', '{"a":"\\"","b":1}'],
    ['{"prop', '{"prop'],
    ['[1]', '[1]'],
    ['', ''],
  ])('makes %j to %j', (text, expected) => {
    expect(run(new WrapperFilter(), [text])).toBe(expected);
    expect(run(new WrapperFilter(), text.split(''))).toBe(expected);
  });

  it('streams what stands inside', () => {
    const filter = new WrapperFilter();
    expect(['{"prop', 'erties":{"a"', ':1', '}', '}'].map((part) => filter.push(part))).toEqual([
      '',
      '{"a"',
      ':1',
      '}',
      '',
    ]);
  });
});

describe(TextFilters.name, () => {
  it('lets each filter see what the one before gives, to the end', () => {
    const filters = new TextFilters([new StopFilter(['END']), new FenceFilter()]);
    expect(run(filters, [`${FENCE}json\n{}EN`])).toBe('{}EN');
    const stopped = new TextFilters([new StopFilter(['END']), new FenceFilter()]);
    expect(run(stopped, [`${FENCE}json\n{}\n`, `${FENCE}END`])).toBe('{}');
  });
});
