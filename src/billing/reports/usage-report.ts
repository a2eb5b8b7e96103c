/** Sums over the events of one group. What was not reported or has no price adds nothing and is counted apart. */
export interface UsageSums {
  /** Calls of clients. */
  requests: number;
  /** Calls to Bedrock: at least one per request, more after retries or for several choices. */
  attempts: number;
  /** Attempts that failed, were cut or were lost in a crash. */
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
  /** Attempts whose cost is not known: `cost_usd` lacks them. */
  unpriced_attempts: number;
  /** Exact decimal. */
  cost_usd: string;
}

/** One group: the values of its dimensions, for example `tenant_id` and `tenant_name`, and its sums. */
export interface ReportGroup {
  /** The values that the groups are ordered by, one per dimension. */
  key: string[];
  labels: Record<string, string>;
  sums: UsageSums;
}

/** A page of groups, and the sums over everything that the query selects, whatever the page. */
export interface ReportPage {
  groups: ReportGroup[];
  totals: UsageSums;
  nextCursor: string | null;
}
