import { startAccessApp, type AccessApp } from '../support/access-app.js';

const ALLOWED = ['203.0.113.0/24', '2001:db8::/32'];

let trusting: AccessApp;
let alone: AccessApp;
let key: string;

beforeAll(async () => {
  alone = await startAccessApp();
  trusting = await startAccessApp({ TRUST_PROXY: 'loopback, 10.0.0.0/8' }, alone);
  const body = { name: 'at the office', allowed_ip_ranges: ALLOWED };
  key = (await alone.call('POST', `/admin/v1/tenants/${alone.tenantId}/keys`, { body })).body.key;
});

afterAll(async () => {
  await trusting.close();
  await alone.close();
});

async function statusOf(gateway: AccessApp, forwardedFor: string): Promise<number> {
  const headers = { 'x-forwarded-for': forwardedFor };
  return (await gateway.call('GET', '/v1/models', { key, headers })).status;
}

describe('TRUST_PROXY', () => {
  it.each([
    ['the address of the client', '203.0.113.9', 200],
    ['one that is not allowed', '198.51.100.9', 403],
    ['one behind a proxy that is believed', '203.0.113.9, 10.1.2.3', 200],
    ['one behind a proxy that is not', '203.0.113.9, 198.51.100.9', 403],
    ['one that the client has put before its own', '203.0.113.9, 198.51.100.9, 10.1.2.3', 403],
    ['IPv6', '2001:db8::9', 200],
    ['IPv4 as IPv6', '::ffff:203.0.113.9', 200],
    ['a port', '203.0.113.9:49152', 200],
    ['a port that belongs to another address', '198.51.100.9:49152', 403],
    ['a port of a proxy that is believed', '203.0.113.9:49152, 10.1.2.3:443', 200],
    ['IPv6 in brackets', '[2001:db8::9]', 200],
    ['IPv6 with a port', '[2001:db8::9]:49152', 200],
    ['no address', 'unknown', 403],
    ['nothing', '', 403],
  ])('reads of the header %s', async (_, forwardedFor, status) => {
    expect(await statusOf(trusting, forwardedFor)).toBe(status);
  });

  it('believes nobody who is not named', async () => {
    expect(await statusOf(alone, '203.0.113.9')).toBe(403);
  });
});
