import type { PromptPart } from './prompt.js';
import { PromptCache } from './prompt-cache.js';

const MINUTE_MS = 60_000;

function text(content: string, tokens: number): PromptPart {
  return { content, tokens };
}

function point(ttl?: '5m' | '1h'): PromptPart {
  return { cachePoint: { type: 'default', ...(ttl ? { ttl } : {}) } };
}

describe(PromptCache.name, () => {
  let time = 0;
  let cache: PromptCache;
  beforeEach(() => {
    time = 0;
    cache = new PromptCache(() => time);
  });

  it('writes a prefix once and reads it afterwards', () => {
    const first = cache.account('m', [text('long', 2000), point(), text('a', 5)], null);
    const second = cache.account('m', [text('long', 2000), point(), text('b', 7)], null);

    expect(first).toEqual({ inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: { '5m': 2000, '1h': 0 } });
    expect(second).toEqual({ inputTokens: 7, cacheReadTokens: 2000, cacheWriteTokens: { '5m': 0, '1h': 0 } });
  });

  it('adds up to the whole prompt, each lifetime for itself', () => {
    const parts = [text('a', 2000), point('1h'), text('b', 300), point('5m'), text('c', 4)];

    expect(cache.account('m', parts, null)).toEqual({
      inputTokens: 4,
      cacheReadTokens: 0,
      cacheWriteTokens: { '1h': 2000, '5m': 300 },
    });
  });

  it('continues a conversation from where the last point stood', () => {
    cache.account('m', [text('a', 2000), point()], null);

    expect(cache.account('m', [text('a', 2000), text('b', 100), point()], null)).toEqual({
      inputTokens: 0,
      cacheReadTokens: 2000,
      cacheWriteTokens: { '5m': 100, '1h': 0 },
    });
  });

  it.each<[string, string, PromptPart[], number]>([
    ['another model', 'n', [text('long', 2000), point()], 1024],
    ['another beginning', 'm', [text('other', 2000), point()], 1024],
    ['no point', 'm', [text('long', 2000)], 1024],
    ['a minimum that is not reached', 'm', [text('long', 2000), point()], 2001],
  ])('reads nothing for %s', (_name, model, parts, minimum) => {
    cache.account('m', [text('long', 2000), point()], 1024);

    expect(cache.account(model, parts, minimum).cacheReadTokens).toBe(0);
  });

  it('forgets after its lifetime, which each hit renews', () => {
    const parts = [text('long', 2000), point('5m')];
    cache.account('m', parts, null);
    time = 4 * MINUTE_MS;
    expect(cache.account('m', parts, null).cacheReadTokens).toBe(2000);
    time = 8 * MINUTE_MS;
    expect(cache.account('m', parts, null).cacheReadTokens).toBe(2000);
    time = 13 * MINUTE_MS;
    expect(cache.account('m', parts, null).cacheReadTokens).toBe(0);
  });

  it('looks back over 20 blocks and no further', () => {
    cache.account('m', [text('a', 2000), point()], null);
    const blocks = (count: number): PromptPart[] => Array.from({ length: count }, (_value, i) => text(`b${i}`, 1));

    expect(cache.account('m', [text('a', 2000), ...blocks(20), point()], null).cacheReadTokens).toBe(2000);
    cache.clear();
    cache.account('m', [text('a', 2000), point()], null);
    expect(cache.account('m', [text('a', 2000), ...blocks(21), point()], null).cacheReadTokens).toBe(0);
  });

  it('caches a prefix of any model that is as long as it was told', () => {
    const told = new PromptCache(() => 0, 10);
    expect(told.account('m', [text('a', 10), point()], 4096).inputTokens).toBe(0);
    expect(told.account('m', [text('b', 9), point()], 4096).inputTokens).toBe(9);
  });
});
