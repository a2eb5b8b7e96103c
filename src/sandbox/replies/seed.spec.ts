import { randomName, seededRandom } from './seed.js';

function draw(seed: string): string {
  return randomName(seededRandom(seed), 22);
}

describe(seededRandom.name, () => {
  it('repeats itself for the same seed and differs for another', () => {
    expect(draw('one')).toBe(draw('one'));
    expect(draw('one')).not.toBe(draw('two'));
    expect(draw('one')).toMatch(/^[A-Za-z0-9]{22}$/);
  });

  it('stays in [0, 1)', () => {
    const random = seededRandom('range');
    const numbers = Array.from({ length: 1000 }, random);

    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
