import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { ENDPOINTS } from '../auth/endpoints.js';
import { isStorable } from '../common/storable-text.js';
import { ownLimitsSchema } from './own-limits.js';

export const modelPattern = z
  .string()
  .regex(/^[A-Za-z0-9*][A-Za-z0-9.:/*_-]{0,255}$/, 'must be a model id, an alias, a pattern with * or group:<name>');

const MODELS =
  'Models that may be used: ids and patterns of ids with `*`, names such as `gpt-4o` letter by letter, or ' +
  '`group:<name>`. null: all. Empty: none.';

/** Whether this is an IPv4 or IPv6 address, alone or with the length of its network. */
export function isIpRange(range: string): boolean {
  const [address = '', bits, ...more] = range.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const tokens = z.int().min(1).max(10_000_000);

const s3Location = z
  .string()
  .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.{0,1000})?$/, 'must be s3://bucket or s3://bucket/folder/')
  .refine(isStorable, 'must not hold NUL or half a surrogate pair');

const awsRole = z.strictObject({
  arn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'must be the ARN of an IAM role'),
  external_id: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .nullish(),
});

/** What operators decide for a tenant. A field that is null or absent does not limit. */
export const tenantPolicySchema = z.strictObject({
  allowed_models: z.array(modelPattern).max(500).nullish().describe(MODELS),
  allowed_regions: z
    .array(z.string().regex(/^[a-z0-9*-]{1,32}$/, 'must be an AWS region or a pattern such as eu-*'))
    .max(100)
    .nullish()
    .describe('AWS regions that requests may be sent to, with `*` as in `eu-*`. Failover keeps to them.'),
  allowed_scopes: z
    .array(z.string().regex(/^[a-z][a-z-]{1,15}$/, 'must be in-region, global or a geography such as eu'))
    .max(20)
    .nullish()
    .describe('Inference profile scopes that may serve: `in-region`, `global`, or a geography such as `eu`.'),
  allowed_s3_locations: z
    .array(s3Location)
    .max(100)
    .nullish()
    .describe(
      'Files and folders in S3, as `s3://bucket/folder/`, that requests may name. null: as the gateway. Empty: none.',
    ),
  default_output_tokens: tokens.nullish().describe('Output limit of requests that name none.'),
  max_output_tokens: tokens.nullish().describe('Largest output that a request may ask for.'),
  limits: ownLimitsSchema.nullish(),
  weight: z
    .int()
    .min(1)
    .max(100)
    .nullish()
    .describe('Share of a gateway that has too much to do, beside the other tenants. null: 1.'),
  guardrail: z
    .strictObject({
      id: z.string().regex(/^[A-Za-z0-9:/._-]{1,2048}$/, 'must be the id or ARN of a guardrail'),
      version: z.string().regex(/^(DRAFT|[1-9]\d{0,7})$/, 'must be DRAFT or a number'),
    })
    .nullish()
    .describe('Bedrock guardrail applied to every request of the tenant.'),
  end_user: z
    .enum(['keep', 'hash', 'drop'])
    .nullish()
    .describe("What becomes of the request's `user`: kept, hashed, or not stored. null: kept."),
  retention_days: z
    .int()
    .min(1)
    .max(36_500)
    .nullish()
    .describe('Days that single usage events are kept, their sums stay. null: as long as all others.'),
  aws_role: awsRole.nullish().describe("Role under which the tenant's requests are sent to AWS."),
  aws_failover_roles: z
    .array(awsRole)
    .max(5)
    .nullish()
    .describe(
      'Roles of further AWS accounts, tried in this order when the first account fails. null: those of the gateway, ' +
        'unless the tenant has an aws_role. Empty: none.',
    ),
});

/** What operators decide for a key, within its tenant's policy. */
export const keyPolicySchema = z.strictObject({
  allowed_models: z.array(modelPattern).max(500).nullish().describe(MODELS),
  allowed_endpoints: z.array(z.enum(ENDPOINTS)).max(ENDPOINTS.length).nullish().describe('Endpoints that may be used.'),
  allowed_ip_ranges: z
    .array(z.string().refine(isIpRange, 'must be an IP address or a CIDR range'))
    .max(200)
    .nullish()
    .describe('Addresses that may use the key, as CIDR ranges or single addresses.'),
  max_output_tokens: tokens.nullish().describe('Largest output that a request may ask for.'),
  limits: ownLimitsSchema.nullish(),
});

export type TenantPolicy = z.infer<typeof tenantPolicySchema>;
export type KeyPolicy = z.infer<typeof keyPolicySchema>;

/** The ranges as a list that addresses are looked up in. IPv4 in IPv6 notation counts as IPv4. */
export function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return list;
}

/** Whether the address is in the list. */
export function includesAddress(list: BlockList, address: string | null | undefined): boolean {
  if (address == null) return false;
  const plain =
    address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}
