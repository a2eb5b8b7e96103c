/** Sums over the events of one group. Events without reported usage add nothing and are counted apart. */
export interface UsageTotals {
  /** Calls of clients. */
  requests: number;
  /** Calls to Bedrock: at least one per request, more after retries. */
  attempts: number;
  /** Attempts that ended in an error or were cut. */
  errors: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cache_write_5m_tokens: number;
  cache_write_1h_tokens: number;
  /** Attempts that were answered but whose usage Bedrock did not report: the token sums lack them. */
  attempts_without_usage: number;
  /** Attempts whose amounts are a bound instead of a report. */
  estimated_attempts: number;
}

/** One group: its dimensions, for example `tenant_id` and `tenant_name`, and their sums. */
export type UsageRow = Record<string, string | number>;

/** The answer of a usage report. `totals` is over the whole range. */
export interface UsageReport {
  object: 'list';
  data: UsageRow[];
  totals: UsageTotals;
}
