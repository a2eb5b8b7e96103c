import { expandGroups } from './model-pattern.js';
import type { OwnLimits } from './own-limits.js';
import type { KeyPolicy, TenantPolicy } from './tenant-policy.js';

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
  /** Files and folders in S3 that requests may name. */
  s3Locations: readonly string[] | null;
  /** Sent when the request names no output limit. */
  defaultOutputTokens: number | null;
  maxOutputTokens: number | null;
  /** Rate limits of the tenant itself, shared by its keys, and of the key itself: both hold. */
  tenantLimits: OwnLimits | null;
  keyLimits: OwnLimits | null;
  /** Share of an overloaded gateway, 1 or more. */
  weight: number;
  guardrail: GuardrailPolicy | null;
  endUser: EndUserAttribution;
  /** Days that usage events are kept; null keeps them. */
  retentionDays: number | null;
  awsRole: AwsRolePolicy | null;
  /** Roles that requests are sent under when the first account fails. Null: those of the gateway, for its own account. */
  awsFailoverRoles: readonly AwsRolePolicy[] | null;
}

/** The policy of a tenant and a key that nobody has limited. */
export const UNRESTRICTED: AccessPolicy = {
  models: [],
  endpoints: null,
  ipRanges: null,
  regions: null,
  scopes: null,
  s3Locations: null,
  defaultOutputTokens: null,
  maxOutputTokens: null,
  tenantLimits: null,
  keyLimits: null,
  weight: 1,
  guardrail: null,
  endUser: 'keep',
  retentionDays: null,
  awsRole: null,
  awsFailoverRoles: null,
};

/** Joins the policies of a tenant and its key. */
export function toAccessPolicy(
  tenant: TenantPolicy,
  key: KeyPolicy,
  groups: Readonly<Record<string, readonly string[]>>,
): AccessPolicy {
  const lists = [tenant.allowed_models, key.allowed_models].filter((list) => list != null);
  return {
    models: lists.map((list) => expandGroups(list, groups)),
    endpoints: key.allowed_endpoints ?? null,
    ipRanges: key.allowed_ip_ranges ?? null,
    regions: tenant.allowed_regions ?? null,
    scopes: tenant.allowed_scopes ?? null,
    s3Locations: tenant.allowed_s3_locations ?? null,
    defaultOutputTokens: tenant.default_output_tokens ?? null,
    maxOutputTokens: smaller(tenant.max_output_tokens, key.max_output_tokens),
    tenantLimits: tenant.limits ?? null,
    keyLimits: key.limits ?? null,
    weight: tenant.weight ?? 1,
    guardrail: tenant.guardrail ?? null,
    endUser: tenant.end_user ?? 'keep',
    retentionDays: tenant.retention_days ?? null,
    awsRole: tenant.aws_role ? toRole(tenant.aws_role) : null,
    awsFailoverRoles: tenant.aws_failover_roles?.map(toRole) ?? null,
  };
}

function toRole({ arn, external_id: externalId = null }: NonNullable<TenantPolicy['aws_role']>): AwsRolePolicy {
  return { arn, externalId };
}

function smaller(left: number | null | undefined, right: number | null | undefined): number | null {
  if (left == null) return right ?? null;
  return right == null ? left : Math.min(left, right);
}
