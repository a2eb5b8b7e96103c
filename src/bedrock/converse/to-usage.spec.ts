import * as fc from 'fast-check';
import { toCompletionUsage, toTokenUsage } from './to-usage.js';

type ConverseUsage = Parameters<typeof toTokenUsage>[0];

function usage(fields: Partial<ConverseUsage>): ConverseUsage {
  return { inputTokens: 10, outputTokens: 5, totalTokens: 15, ...fields };
}

describe(toTokenUsage.name, () => {
  const cases: [name: string, usage: ConverseUsage, expected: Partial<ReturnType<typeof toTokenUsage>>][] = [
    ['no cache reported', usage({}), { cacheReadTokens: null, cacheWrite5mTokens: null, cacheWrite1hTokens: null }],
    ['a reported 0', usage({ cacheReadInputTokens: 0 }), { cacheReadTokens: 0, cacheWrite5mTokens: null }],
    [
      'a write without details, which is one of 5 minutes',
      usage({ cacheWriteInputTokens: 1789 }),
      { cacheWrite5mTokens: 1789, cacheWrite1hTokens: 0 },
    ],
    [
      'both times to live',
      usage({
        cacheWriteInputTokens: 362,
        cacheDetails: [
          { ttl: '1h', inputTokens: 74 },
          { ttl: '5m', inputTokens: 288 },
        ],
      }),
      { cacheWrite5mTokens: 288, cacheWrite1hTokens: 74 },
    ],
    [
      'details that say less than the total',
      usage({ cacheWriteInputTokens: 100, cacheDetails: [{ ttl: '1h', inputTokens: 30 }] }),
      { cacheWrite5mTokens: 70, cacheWrite1hTokens: 30 },
    ],
    [
      'details that say more than the total',
      usage({ cacheWriteInputTokens: 100, cacheDetails: [{ ttl: '1h', inputTokens: 130 }] }),
      { cacheWrite5mTokens: 0, cacheWrite1hTokens: 100 },
    ],
    [
      'details without a total',
      usage({ cacheDetails: [{ ttl: '1h', inputTokens: 7 }] }),
      { cacheWrite5mTokens: 0, cacheWrite1hTokens: 7 },
    ],
    [
      'details of several writes without a total',
      usage({
        cacheDetails: [
          { ttl: '5m', inputTokens: 3 },
          { ttl: '1h', inputTokens: 7 },
          { ttl: '5m', inputTokens: 4 },
          { ttl: '1h', inputTokens: 8 },
        ],
      }),
      { cacheWrite5mTokens: 7, cacheWrite1hTokens: 15 },
    ],
    [
      "InvokeModel's names of cached tokens alone",
      { ...usage({}), cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 4 },
      { cacheReadTokens: 3, cacheWrite5mTokens: 4, cacheWrite1hTokens: 0 },
    ],
    ['nothing at all', {} as ConverseUsage, { inputTokens: null, outputTokens: null }],
  ];

  it.each(cases)('keeps the classes apart for %s', (_name, input, expected) => {
    expect(toTokenUsage(input)).toMatchObject(expected);
  });

  it('never writes more or less than the total', () => {
    const detail = fc.record({ ttl: fc.constantFrom('1h' as const, '5m' as const), inputTokens: fc.nat(1000) });
    fc.assert(
      fc.property(fc.nat(1000), fc.array(detail), (cacheWriteInputTokens, cacheDetails) => {
        const { cacheWrite5mTokens, cacheWrite1hTokens } = toTokenUsage(usage({ cacheWriteInputTokens, cacheDetails }));
        expect((cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0)).toBe(cacheWriteInputTokens);
        expect(Math.min(cacheWrite5mTokens ?? 0, cacheWrite1hTokens ?? 0)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe(toCompletionUsage.name, () => {
  it('counts cached tokens as prompt tokens', () => {
    const tokens = toTokenUsage(usage({ inputTokens: 100, cacheReadInputTokens: 800, cacheWriteInputTokens: 200 }));
    expect(toCompletionUsage(tokens)).toEqual({
      prompt_tokens: 1100,
      completion_tokens: 5,
      total_tokens: 1105,
      prompt_tokens_details: { cached_tokens: 800, cache_write_tokens: 200 },
    });
  });

  it('says nothing about a cache that Bedrock said nothing about', () => {
    expect(toCompletionUsage(toTokenUsage(usage({})))).toEqual({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
    });
  });

  it.each([
    ['none', undefined],
    ['no input', { ...toTokenUsage(usage({})), inputTokens: null }],
    ['no output', { ...toTokenUsage(usage({})), outputTokens: null }],
  ])('does not make up usage when there is %s', (_name, tokens) => {
    expect(toCompletionUsage(tokens)).toBeUndefined();
  });
});
