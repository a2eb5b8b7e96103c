import { quantize, signs } from './quantize.js';

const vector = [1, -1, 0.5, -0.5, 0.25, 0, -0.25, 0.1];

describe(quantize.name, () => {
  it.each<[Parameters<typeof quantize>[1], number[]]>([
    ['float', vector],
    ['int8', [127, -127, 64, -63, 32, 0, -32, 13]],
    ['uint8', [255, 1, 192, 65, 160, 128, 96, 141]],
    ['ubinary', [0b10101001]],
    ['binary', [0b10101001 - 128]],
  ])('writes %s', (type, expected) => {
    expect(quantize(vector, type)).toEqual(expected);
  });
});

describe(signs.name, () => {
  it('writes one number for each sign', () => {
    expect(signs(vector)).toEqual([1, 0, 1, 0, 1, 0, 0, 1]);
  });
});
