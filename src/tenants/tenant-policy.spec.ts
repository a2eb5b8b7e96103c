import { includesAddress, isIpRange, tenantPolicySchema, toBlockList } from './tenant-policy.js';

describe(isIpRange.name, () => {
  it.each(['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'])('accepts %s', (range) => {
    expect(isIpRange(range)).toBe(true);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'localhost', ''])(
    'refuses %j',
    (range) => {
      expect(isIpRange(range)).toBe(false);
    },
  );
});

describe(includesAddress.name, () => {
  const list = toBlockList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);

  it.each<[string | undefined, boolean]>([
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['::ffff:10.1.2.3', true],
    ['::FFFF:11.1.2.3', false],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
    ['not an address', false],
    [undefined, false],
  ])('%s: %s', (address, expected) => {
    expect(includesAddress(list, address)).toBe(expected);
  });

  it('holds nothing for an empty list', () => {
    expect(includesAddress(toBlockList([]), '10.0.0.1')).toBe(false);
  });
});

describe('tenantPolicySchema', () => {
  it.each<[string, object]>([
    ['an unknown field', { allowed_model: [] }],
    ['a role that is not an ARN', { aws_role: { arn: 'admin' } }],
    ['a role of another service', { aws_role: { arn: 'arn:aws:s3:::bucket' } }],
    ['a role to fail over to that is not an ARN', { aws_failover_roles: [{ arn: 'admin' }] }],
    ['a guardrail without a version', { guardrail: { id: 'g' } }],
    ['a fraction of a token', { max_output_tokens: 1.5 }],
    ['no tokens', { max_output_tokens: 0 }],
  ])('refuses %s', (_, policy) => {
    expect(tenantPolicySchema.safeParse(policy).success).toBe(false);
  });
});
