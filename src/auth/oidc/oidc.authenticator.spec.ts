import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type GenerateKeyPairResult,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { OidcAuthenticator, type OidcSettings } from './oidc.authenticator.js';

const AUDIENCE = 'bedrock-gateway';
let server: Server;
let issuer: string;
let served: { keys: JWK[] };
let away = false;
let fetches = 0;
let good: GenerateKeyPairResult;
let evil: GenerateKeyPairResult;

async function toJwk(keys: GenerateKeyPairResult, kid: string): Promise<JWK> {
  return { ...(await exportJWK(keys.publicKey)), kid, alg: 'ES256', use: 'sig' };
}

beforeAll(async () => {
  [good, evil] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ]);
  server = createServer((request, response) => {
    fetches += 1;
    response.statusCode = away ? 500 : 200;
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    const body =
      request.url === '/evil.json' ? { keys: [] } : isDiscovery ? { issuer, jwks_uri: `${issuer}/jwks` } : served;
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

beforeEach(async () => {
  away = false;
  fetches = 0;
  served = { keys: [await toJwk(good, 'k1')] };
});

function createAuthenticator(settings: Partial<OidcSettings> = {}): OidcAuthenticator {
  return new OidcAuthenticator({
    issuer,
    audience: AUDIENCE,
    roleClaim: 'roles',
    roleMap: [
      ['platform', 'admin'],
      ['readers', 'viewer'],
      ['leads', 'tenant_admin'],
    ],
    tenantsClaim: 'tenants',
    cooldownMs: 0,
    ...settings,
  });
}

function token(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  keys = good,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: issuer,
    aud: AUDIENCE,
    sub: 'u1',
    email: 'ada@example.com',
    roles: ['platform'],
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
    .sign(keys.privateKey);
}

describe(OidcAuthenticator.name, () => {
  it('takes a token of the issuer for the operator it names', async () => {
    expect(await createAuthenticator().authenticate(await token())).toEqual({
      id: 'oidc:u1',
      name: 'ada@example.com',
      role: 'admin',
      tenantIds: null,
    });
  });

  it('fetches the keys once for many tokens', async () => {
    const authenticator = createAuthenticator();
    for (let call = 0; call < 5; call += 1) await authenticator.authenticate(await token());
    expect(fetches).toBe(2);
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['the highest of several roles', { roles: ['readers', 'platform'] }, { role: 'admin' }],
    ['a role that is not in a list', { roles: 'readers' }, { role: 'viewer' }],
    [
      'the tenants of a tenant admin',
      { roles: ['leads'], tenants: ['t1', 7] },
      { role: 'tenant_admin', tenantIds: ['t1'] },
    ],
    ['no tenants where the claim is missing', { roles: ['leads'] }, { tenantIds: [] }],
  ])('reads %s', async (_, claims, operator) => {
    expect(await createAuthenticator().authenticate(await token(claims))).toMatchObject(operator);
  });

  it('follows dots into nested claims', async () => {
    const authenticator = createAuthenticator({ roleClaim: 'realm_access.roles' });
    const nested = await token({ realm_access: { roles: ['readers'] } });
    expect(await authenticator.authenticate(nested)).toMatchObject({ role: 'viewer' });
  });

  it.each([{ roles: [] }, { roles: undefined }, { roles: ['owner'] }, { roles: { platform: true } }])(
    'answers 403 to a token without a role: %j',
    async (claims) => {
      await expect(createAuthenticator().authenticate(await token(claims))).rejects.toMatchObject({ status: 403 });
    },
  );

  const past = Math.floor(Date.now() / 1000) - 3_600;
  it.each<[string, () => string | Promise<string>]>([
    [
      'without a signature (alg none)',
      () =>
        new UnsecuredJWT({ sub: 'u1', roles: ['platform'] })
          .setIssuer(issuer)
          .setAudience(AUDIENCE)
          .setExpirationTime('1m')
          .encode(),
    ],
    ['signed with the public key as a shared secret', hs256WithPublicKey],
    ['signed by another key under the same id', () => token({}, {}, evil)],
    ['with an unknown key id', () => token({}, { kid: 'k2' }, evil)],
    ['that brings its own key (jwk)', async () => token({}, { jwk: await toJwk(evil, 'k1') }, evil)],
    ['that names its own key set (jku)', () => token({}, { jku: `${issuer}/evil.json`, kid: 'evil' }, evil)],
    ['that names its own certificate (x5u)', () => token({}, { x5u: `${issuer}/evil.json` }, evil)],
    ['that has expired', () => token({ exp: past })],
    ['that never expires', () => token({ exp: undefined })],
    ['that is not valid yet', () => token({ nbf: past + 7_200 })],
    ['for another audience', () => token({ aud: 'another' })],
    ['for no audience', () => token({ aud: undefined })],
    ['of another issuer', () => token({ iss: 'https://evil.example.com' })],
    ['of an issuer with a longer name', () => token({ iss: `${issuer}.evil.example.com` })],
    ['without a subject', () => token({ sub: undefined })],
    ['whose payload was changed', async () => swapPayload(await token({ roles: ['readers'] }), await token())],
    ['with an unknown critical extension', async () => withHeader(await token(), { crit: ['x'], x: 1 })],
    ['that is not a token', () => 'a.b.c'],
    ['that is a key', () => 'ak-000000000000000000000000000000000000'],
  ])('refuses a token %s', async (_, create) => {
    expect(await createAuthenticator().authenticate(await create())).toBeNull();
  });

  it('learns new keys of the issuer, and forgets those that it took back', async () => {
    const authenticator = createAuthenticator();
    const old = await token();
    expect(await authenticator.authenticate(old)).not.toBeNull();
    served = { keys: [await toJwk(evil, 'k2')] };
    expect(await authenticator.authenticate(await token({}, { kid: 'k2' }, evil))).not.toBeNull();
    expect(await authenticator.authenticate(old)).toBeNull();
  });

  it('answers 503 while the issuer is away, and recovers', async () => {
    const authenticator = createAuthenticator();
    away = true;
    await expect(authenticator.authenticate(await token())).rejects.toMatchObject({ status: 503 });
    away = false;
    expect(await authenticator.authenticate(await token())).not.toBeNull();
  });

  it('answers 503 when nobody listens at the issuer', async () => {
    const authenticator = createAuthenticator({ jwksUrl: 'http://127.0.0.1:9/jwks' });
    await expect(authenticator.authenticate(await token())).rejects.toMatchObject({ status: 503 });
  });

  it('knows nobody without settings', async () => {
    expect(await new OidcAuthenticator(null).authenticate(await token())).toBeNull();
  });
});

async function hs256WithPublicKey(): Promise<string> {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'k1' })).toString('base64url');
  const [, payload] = (await token()).split('.');
  const signed = `${header}.${payload}`;
  return `${signed}.${createHmac('sha256', await exportSPKI(good.publicKey))
    .update(signed)
    .digest('base64url')}`;
}

function swapPayload(target: string, source: string): string {
  const [header, , signature] = target.split('.');
  return [header, source.split('.')[1], signature].join('.');
}

function withHeader(target: string, header: object): string {
  const [original = '', payload, signature] = target.split('.');
  const merged = { ...(JSON.parse(Buffer.from(original, 'base64url').toString()) as object), ...header };
  return [Buffer.from(JSON.stringify(merged)).toString('base64url'), payload, signature].join('.');
}
