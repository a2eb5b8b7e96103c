import type { LimitState } from './limit-store.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const KINDS = ['requests', 'tokens'] as const;

/** A duration as OpenAI's headers have it: `20ms`, `1s`, `6m0s`. Rounded up to whole ms. */
export function toDuration(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole > 0 && whole < 1_000) {
    return `${whole}ms`;
  }
  const hours = Math.floor(whole / HOUR_MS);
  const minutes = Math.floor((whole % HOUR_MS) / MINUTE_MS);
  const seconds = `${(whole % MINUTE_MS) / 1_000}s`;
  if (hours > 0) {
    return `${hours}h${minutes}m${seconds}`;
  }
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/**
 * OpenAI's `x-ratelimit-*` headers: for requests and for tokens the limit of which the least is left. `reset` is when
 * nothing counts any more, if nothing is added. https://platform.openai.com/docs/guides/rate-limits
 */
export function toLimitHeaders(states: readonly LimitState[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const kind of KINDS) {
    const tightest = tightestOf(states, kind);
    if (tightest !== null) {
      headers[`x-ratelimit-limit-${kind}`] = String(tightest.limit.amount);
      headers[`x-ratelimit-remaining-${kind}`] = String(remaining(tightest));
      headers[`x-ratelimit-reset-${kind}`] = toDuration(tightest.resetMs);
    }
  }
  return headers;
}

function tightestOf(states: readonly LimitState[], kind: (typeof KINDS)[number]): LimitState | null {
  let tightest: LimitState | null = null;
  for (const state of states) {
    if (state.limit.kind === kind && (tightest === null || remaining(state) < remaining(tightest))) {
      tightest = state;
    }
  }
  return tightest;
}

/** 0 where a limit was lowered, or an estimate exceeded, after the fact. */
function remaining({ limit, used }: LimitState): number {
  return Math.max(0, limit.amount - used);
}
