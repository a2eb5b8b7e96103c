import { TokenCodec } from './token-codec.js';

describe(TokenCodec.name, () => {
  const codec = new TokenCodec();

  it('counts and decodes with the vocabulary of cl100k_base', async () => {
    expect(await codec.count('hello world')).toBe(2);
    expect(await codec.decode([15339, 1917])).toBe('hello world');
  });

  it('estimates a long run without spaces from its bytes, which would take minutes to encode', async () => {
    expect(await codec.count('a'.repeat(1_000_000))).toBe(250_000);
  });
});
