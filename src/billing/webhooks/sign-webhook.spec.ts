import OpenAI from 'openai';
import { createWebhookSecret, signWebhook } from './sign-webhook.js';
import { retryDelayMs } from './webhook-dispatcher.js';

const client = new OpenAI({ apiKey: 'unused' });
const body = '{"id":"evt_1","type":"budget.threshold_reached"}';
const now = () => Math.floor(Date.now() / 1_000);

async function verifies(payload: string, headers: Record<string, string>, secret: string): Promise<boolean> {
  try {
    await client.webhooks.verifySignature(payload, headers, secret);
    return true;
  } catch {
    return false;
  }
}

describe(signWebhook.name, () => {
  it('signs as Standard Webhooks does', () => {
    const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
    expect(signWebhook([secret], { id: 'evt_1', timestamp: 1_700_000_000, body: '{}' })).toEqual({
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,92tdonml60wZWeipEITTwvedjc9j20cnxAc7NEkh+JA=',
    });
  });

  it('is what the official client verifies, with every secret in force and with no other', async () => {
    const [fresh, old, foreign] = [createWebhookSecret(), createWebhookSecret(), createWebhookSecret()];
    const headers = signWebhook([fresh, old], { id: 'evt_1', timestamp: now(), body });
    expect(await verifies(body, headers, fresh)).toBe(true);
    expect(await verifies(body, headers, old)).toBe(true);
    expect(await verifies(body, headers, foreign)).toBe(false);
    expect(await verifies(body.replace('1', '2'), headers, fresh)).toBe(false);
    expect(await verifies(body, { ...headers, 'webhook-id': 'evt_2' }, fresh)).toBe(false);
    expect(await verifies(body, { ...headers, 'webhook-timestamp': String(now() - 1) }, fresh)).toBe(false);
  });
});

describe(retryDelayMs.name, () => {
  it.each([
    [1, 0, 2_500],
    [1, 0.999_999, 5_000],
    [2, 0, 5_000],
    [5, 0, 40_000],
    [11, 0, 1_800_000],
    [100, 0, 1_800_000],
  ])('after try %i is between half and all of a step that doubles up to an hour', (attempts, random, expected) => {
    expect(retryDelayMs(attempts, 5_000, () => random)).toBe(expected);
  });
});
