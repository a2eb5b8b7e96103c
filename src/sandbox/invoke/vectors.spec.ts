import { cosine, mediaVector, mixVectors, scale, textVector } from './vectors.js';

describe('vectors of the sandbox', () => {
  it.each([256, 512, 1024, 1536, 3072])('have %d numbers and length 1', (dimensions) => {
    const vector = textVector('The quick brown fox', dimensions);

    expect(vector).toHaveLength(dimensions);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(Math.hypot(...mediaVector('AAAA', dimensions))).toBeCloseTo(1, 5);
  });

  it('are equal for equal texts and closer for closer texts', () => {
    const [fox, same, near, far] = [
      'The quick brown fox jumps over the dog',
      'The quick brown fox jumps over the dog',
      'A quick brown fox jumped over a dog',
      'Quarterly revenue grew in Europe',
    ].map((text) => textVector(text, 1024));

    expect(same).toEqual(fox);
    expect(cosine(fox ?? [], near ?? [])).toBeGreaterThan(0.5);
    expect(cosine(fox ?? [], far ?? [])).toBeLessThan(0.2);
  });

  it('find a direction for texts without letters', () => {
    expect(Math.hypot(...textVector('!!!', 256))).toBeCloseTo(1, 5);
    expect(textVector('日本語', 256)).not.toEqual(textVector('日本', 256));
  });

  it('mix to the direction between', () => {
    const [left, right] = [textVector('apple', 256), textVector('pear', 256)];
    const mixed = mixVectors([left, right]);

    expect(cosine(mixed, left)).toBeCloseTo(cosine(mixed, right), 2);
    expect(Math.hypot(...mixed)).toBeCloseTo(1, 5);
  });

  it('scale to another length', () => {
    expect(Math.hypot(...scale(textVector('apple', 256), 18.5))).toBeCloseTo(18.5, 3);
  });
});
