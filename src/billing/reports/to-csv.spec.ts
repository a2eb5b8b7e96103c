import { toCsvLine } from './to-csv.js';

describe(toCsvLine.name, () => {
  it.each<[string, string | number | null, string]>([
    ['an amount below zero as it is', '-0.0015', '-0.0015'],
    ['a whole amount below zero as it is', '-2', '-2'],
    ['a formula as text', '=1+1', "'=1+1"],
    ['a formula that begins like an amount as text', '-2+3', "'-2+3"],
    ['what needs quotes in quotes', 'a,"b"', '"a,""b"""'],
    ['nothing for null', null, ''],
  ])('writes %s', (_, value, cell) => {
    expect(toCsvLine([value])).toBe(`${cell}\r\n`);
  });
});
