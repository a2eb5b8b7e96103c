import type { ReportDimension } from './report-dimension.js';

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
  /** Attempts whose cost is not known: the cost lacks them. */
  unpriced_attempts: number;
  cost_pico_usd: bigint;
}

/** Which tenants a reader may see; null sees all. */
export type VisibleTenants = readonly string[] | null;

/** Values that an event must have; one of several where there are several, any where there is none. */
export interface ReportFilters {
  tenant?: readonly string[] | undefined;
  key?: readonly string[] | undefined;
  model?: readonly string[] | undefined;
  requested_model?: readonly string[] | undefined;
  family?: readonly string[] | undefined;
  region?: readonly string[] | undefined;
  operation?: readonly string[] | undefined;
  outcome?: readonly string[] | undefined;
  end_user?: readonly string[] | undefined;
  /** `name=value`; all of them must hold. */
  tags?: readonly string[] | undefined;
}

/** What a report sums and how. `to` is not part of the range. */
export interface ReportSelection {
  from: Date;
  to: Date;
  timeZone: string;
  groupBy: readonly ReportDimension[];
  filters: ReportFilters;
}

/** One group: the values of its dimensions, for example `tenant_id` and `tenant_name`, and its sums. */
export interface ReportGroup {
  /** The values that the groups are ordered by, one per dimension; empty for none. */
  key: string[];
  labels: Record<string, string | null>;
  sums: UsageSums;
}

/** A page of groups, and the sums over everything that the query selects, whatever the page. */
export interface ReportPage {
  groups: ReportGroup[];
  totals: UsageSums;
  nextCursor: string | null;
}
