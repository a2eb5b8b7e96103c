import { toDuration, toLimitHeaders } from './limit-headers.js';
import type { LimitState } from './limit-store.js';
import { toAppliedLimit, type LimitKind, type LimitWindow } from './rate-limit.js';

describe(toDuration.name, () => {
  it.each([
    [0, '0s'],
    [0.2, '1ms'],
    [20, '20ms'],
    [999.5, '1s'],
    [1_000, '1s'],
    [8_640, '8.64s'],
    [59_999, '59.999s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [90_500, '1m30.5s'],
    [3_600_000, '1h0m0s'],
    [86_399_001, '23h59m59.001s'],
    [-5, '0s'],
  ])('%s ms is %s', (ms, text) => {
    expect(toDuration(ms)).toBe(text);
  });
});

function state(kind: LimitKind, window: LimitWindow, amount: number, used: number, resetMs: number): LimitState {
  return {
    limit: toAppliedLimit({ tenantId: 't', keyId: '', model: '', kind, window, amount }),
    used,
    resetMs,
  };
}

describe(toLimitHeaders.name, () => {
  it('shows of each kind the limit of which the least is left', () => {
    const headers = toLimitHeaders([
      state('requests', 'minute', 60, 10, 30_000),
      state('requests', 'day', 100, 90, 80_000_000),
      state('tokens', 'minute', 1_000, 400, 1_500),
    ]);
    expect(headers).toEqual({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '10',
      'x-ratelimit-reset-requests': '22h13m20s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '600',
      'x-ratelimit-reset-tokens': '1.5s',
    });
  });

  it('never shows less than nothing', () => {
    expect(toLimitHeaders([state('tokens', 'minute', 10, 25, 1)])['x-ratelimit-remaining-tokens']).toBe('0');
  });

  it('is empty where nothing is limited', () => {
    expect(toLimitHeaders([])).toEqual({});
  });
});
