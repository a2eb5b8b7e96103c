import { PatientClient } from '../../../test/support/patient-client.js';
import type { AccountQuota } from '../../quotas/account-quota.js';
import type { AttemptResult } from '../upstream-attempt.js';
import { QuotaGate, QuotaShort } from './quota-gate.js';

const QUOTA: AccountQuota = {
  id: 'quota_1',
  model: '*',
  region: 'us-east-1',
  tokensPerMinute: 1_000,
  requestsPerMinute: 2,
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const MODEL = { invokeId: 'amazon.nova-lite-v1:0', baseId: 'amazon.nova-lite-v1:0', scope: null };
const ROLE = { roleArn: 'arn:aws:iam::123456789012:role/spare', externalId: null, sessionTags: {} };
const bound = () => ({ promptTokensMax: 0, outputTokensMax: 0, reservedTokens: 600 });

function gate() {
  const clock = { now: () => 0, after: () => () => undefined };
  const quotas = new QuotaGate({ find: () => QUOTA }, { waitMs: 0, processes: 1, clock });
  const meter = { owner: { id: 'tenant', weight: 1 } };
  return (account: typeof ROLE | null = null) =>
    quotas.take({ model: MODEL, region: 'us-east-1', account }, meter, new PatientClient(), bound, true);
}

describe(QuotaGate.name, () => {
  it.each<[string, AttemptResult, boolean]>([
    ['what was refused as throttled', { outcome: 'error', statusCode: 429, errorCode: 'ThrottlingException' }, true],
    ['what found no way to Bedrock', { outcome: 'error', errorCode: 'ECONNREFUSED' }, true],
    ['what found no safe way', { outcome: 'error', errorCode: 'CERT_HAS_EXPIRED' }, true],
    ['what was never connected', { outcome: 'error', errorCode: 'ConnectTimeout' }, true],
    ['what could not be signed', { outcome: 'error', errorCode: 'CredentialsUnavailable' }, true],
    ['what broke off, and may count,', { outcome: 'error', errorCode: 'ECONNRESET' }, false],
  ])('gives back, or not, the tokens of %s', async (_, result, isGivenBack) => {
    const take = gate();
    (await take()).settle(result);
    const next = await take().catch((error: unknown) => error);
    expect(next instanceof QuotaShort).toBe(!isGivenBack);
  });

  it('counts what was never sent not even as a request', async () => {
    const take = gate();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      (await take()).settle({ outcome: 'error', errorCode: 'ENOTFOUND' });
    }
    await expect(take()).resolves.toBeDefined();
  });

  it('counts nothing of what another account is asked', async () => {
    const take = gate();
    for (let attempt = 0; attempt < 5; attempt += 1) await take(ROLE);
    await expect(take()).resolves.toBeDefined();
  });
});
