/** What becomes of the `user` field of a request: kept, hashed per tenant, or not stored. */
export type EndUserAttribution = 'keep' | 'hash' | 'drop';

/** A guardrail that is applied to every request of a tenant. */
export interface GuardrailPolicy {
  id: string;
  version: string;
}

/** The AWS role under which a tenant's requests are sent. */
export interface AwsRolePolicy {
  arn: string;
  externalId: string | null;
}

/**
 * What a key may do: its tenant's policy and its own, joined so that the key can only be narrower.
 * `null` is "no limit"; an empty list is "nothing".
 */
export interface AccessPolicy {
  /** A model must match one pattern of every list: the tenant's and the key's. Groups are already expanded. */
  models: readonly (readonly string[])[];
  endpoints: readonly string[] | null;
  /** CIDR ranges or single addresses of the callers. */
  ipRanges: readonly string[] | null;
  /** AWS regions that requests may be sent to. */
  regions: readonly string[] | null;
  /** Inference profile scopes: `in-region`, `global`, or a geography such as `eu`. */
  scopes: readonly string[] | null;
  /** Sent when the request names no output limit. */
  defaultOutputTokens: number | null;
  maxOutputTokens: number | null;
  guardrail: GuardrailPolicy | null;
  endUser: EndUserAttribution;
  /** Days that usage events are kept; null keeps them. */
  retentionDays: number | null;
  awsRole: AwsRolePolicy | null;
}

/** The policy of a tenant that nobody has limited. */
export const UNRESTRICTED: AccessPolicy = {
  models: [],
  endpoints: null,
  ipRanges: null,
  regions: null,
  scopes: null,
  defaultOutputTokens: null,
  maxOutputTokens: null,
  guardrail: null,
  endUser: 'keep',
  retentionDays: null,
  awsRole: null,
};
