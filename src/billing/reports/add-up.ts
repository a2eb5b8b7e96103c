import type { UsageSums } from './usage-report.js';

/** In the order of the sums that are read, which is that of the columns of an export. */
const NOTHING: UsageSums = {
  requests: 0,
  attempts: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  attempts_without_usage: 0,
  estimated_attempts: 0,
  unpriced_attempts: 0,
  errors: 0,
  cache_write_tokens: 0,
  cost_pico_usd: 0n,
};
const COUNTS = Object.keys(NOTHING).filter((field) => field !== 'cost_pico_usd') as Exclude<
  keyof UsageSums,
  'cost_pico_usd'
>[];

/** The sums of sums. */
export function addUp(parts: readonly UsageSums[]): UsageSums {
  const total = { ...NOTHING };
  for (const part of parts) {
    for (const field of COUNTS) total[field] += part[field];
    total.cost_pico_usd += part.cost_pico_usd;
  }
  return total;
}
