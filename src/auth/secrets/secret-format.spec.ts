import * as fc from 'fast-check';
import { createSecret, isWellFormedSecret, randomLetters, secretHint } from './secret-format.js';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-';

describe(createSecret.name, () => {
  it('never repeats itself in 20,000 secrets', () => {
    expect(new Set(Array.from({ length: 20_000 }, () => createSecret('sk'))).size).toBe(20_000);
  });

  it.each(['sk', 'ak'] as const)('makes well-formed %s secrets', (kind) => {
    for (let round = 0; round < 1_000; round += 1) {
      const secret = createSecret(kind);
      expect(secret).toMatch(new RegExp(`^${kind}-[0-9A-Za-z]{36}$`));
      expect(isWellFormedSecret(secret, kind)).toBe(true);
    }
  });
});

describe(isWellFormedSecret.name, () => {
  it('refuses every change of one character', () => {
    for (let round = 0; round < 20; round += 1) {
      const secret = createSecret('sk');
      for (let at = 0; at < secret.length; at += 1) {
        for (const letter of LETTERS) {
          if (letter === secret[at]) continue;
          expect(isWellFormedSecret(secret.slice(0, at) + letter + secret.slice(at + 1), 'sk')).toBe(false);
        }
      }
    }
  });

  it('refuses a neighbour swapped, a letter lost and a letter doubled', () => {
    fc.assert(
      fc.property(fc.nat(37), (at) => {
        const secret = createSecret('sk');
        const [first, second] = [secret[at]!, secret[at + 1]!];
        fc.pre(first !== second);
        expect(isWellFormedSecret(secret.slice(0, at) + second + first + secret.slice(at + 2), 'sk')).toBe(false);
        expect(isWellFormedSecret(secret.slice(0, at) + secret.slice(at + 1), 'sk')).toBe(false);
        expect(isWellFormedSecret(secret.slice(0, at) + first + secret.slice(at), 'sk')).toBe(false);
      }),
    );
  });

  it('does not take a secret of one kind for the other', () => {
    expect(isWellFormedSecret(createSecret('ak'), 'sk')).toBe(false);
    expect(isWellFormedSecret(`sk${createSecret('ak').slice(2)}`, 'sk')).toBe(false);
  });

  it('refuses any other string', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isWellFormedSecret(text, 'sk')).toBe(false);
      }),
    );
  });
});

describe(randomLetters.name, () => {
  it('draws every letter about equally often', () => {
    const counts = new Map<string, number>();
    for (const letter of randomLetters(620_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // 10,000 expected each, standard deviation 99: six of them.
    expect(Math.min(...counts.values())).toBeGreaterThan(9_400);
    expect(Math.max(...counts.values())).toBeLessThan(10_600);
  });
});

describe(secretHint.name, () => {
  it('shows the start and the last four letters', () => {
    expect(secretHint('sk-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')).toEqual({ prefix: 'sk-ABCD', lastFour: '6789' });
  });

  it('shows nothing of a secret that is too short to spare it', () => {
    expect(secretHint('hunter2-abc')).toEqual({ prefix: '', lastFour: '' });
  });
});
