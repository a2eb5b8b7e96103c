import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const call = (method: string, path: string, body?: object) => gateway.call(method, path, { ...(body && { body }) });
const refusal = (param: string) => {
  const message = expect.stringMatching(/^Invalid value for '[^']+': it .{5,}\.$/);
  return { status: 400, body: { error: { param, message } } };
};

const AFTER_9999 = '9999-12-31T23:59:59-23:59';
const PRICE = { model: 'acme.odd', scope: 'in_region', input: '1', output: '1' };

describe('a moment that no calendar here has', () => {
  it.each([
    ['/admin/v1/usage?from=0000-01-01&to=2026-01-01', 'from'],
    [`/admin/v1/usage?to=${AFTER_9999}`, 'to'],
    ['/admin/v1/costs?from=2026-02-30', 'from'],
    ['/admin/v1/audit?from=0000-01-01', 'from'],
    [`/admin/v1/audit?to=${AFTER_9999}`, 'to'],
    ['/admin/v1/audit?from=2026-02-30', 'from'],
  ])('GET %s: 400 for %s', async (path, param) => {
    expect(await call('GET', path)).toMatchObject(refusal(param));
  });

  it.each([
    ['POST', '/admin/v1/rerate', 'from', { from: '0000-01-01', to: '2026-01-01' }],
    ['POST', '/admin/v1/rerate', 'to', { from: '2026-01-01', to: AFTER_9999 }],
    ['POST', '/admin/v1/admin-keys', 'expires_at', { name: 'odd', role: 'viewer', expires_at: AFTER_9999 }],
    ['PUT', '/admin/v1/prices', 'data[0].effective_from', { data: [{ ...PRICE, effective_from: '0000-01-01' }] }],
    ['PUT', '/admin/v1/prices', 'data[0].effective_from', { data: [{ ...PRICE, effective_from: AFTER_9999 }] }],
  ])('%s %s: 400 for %s', async (method, path, param, body) => {
    expect(await call(method, path, body)).toMatchObject(refusal(param));
  });
});
