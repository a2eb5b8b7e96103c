/** What Bedrock lets the gateway's own AWS account ask of a model in a minute. Null: not known, or no such quota. */
export interface QuotaAmounts {
  tokensPerMinute: number | null;
  requestsPerMinute: number | null;
}

/** A quota as an operator has entered it. */
export interface AccountQuota extends QuotaAmounts {
  id: string;
  /** Model id or inference profile id; `*` is every model that has no quota of its own. */
  model: string;
  region: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export type NewQuota = Pick<AccountQuota, 'model' | 'region'> & QuotaAmounts;

/** The resource type of quotas in the audit log, which replicas follow. */
export const QUOTA_RESOURCE = 'account_quota';
