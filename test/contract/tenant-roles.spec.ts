import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockClients } from '../../src/bedrock/bedrock-clients.js';
import { createRuntime } from '../../src/bedrock/runtime/create-runtime.js';
import { LeanBedrockRuntime } from '../../src/bedrock/runtime/lean/lean-bedrock-runtime.js';
import { toGatewayError } from '../../src/bedrock/bedrock.errors.js';
import type { BedrockRuntime } from '../../src/bedrock/runtime/bedrock-runtime.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { testConfig } from '../support/config.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const ROLE = { arn: 'arn:aws:iam::210987654321:role/team-a', external_id: 'team-a-2026' };
const ACCOUNT = { roleArn: ROLE.arn, externalId: ROLE.external_id, sessionTags: { tenant_id: 'team-a' } };
const INPUT = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hello!' }] }] };

function signers(sandbox: Sandbox): (string | null)[] {
  return sandbox.journal.list().map(({ accessKeyId }) => accessKeyId);
}

function sessionKeys(sandbox: Sandbox): string[] {
  return sandbox.roles.list().map(({ accessKeyId }) => accessKeyId);
}

describe.each(['lean', 'sdk'])('the role of an account, through the transport %s', (transport) => {
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let runtime: BedrockRuntime;
  const own = { AWS_ACCESS_KEY_ID: 'AKIAOWNOWNOWNOWN', AWS_SECRET_ACCESS_KEY: 'own-secret' };
  const before = Object.fromEntries(Object.keys(own).map((name) => [name, process.env[name]]));

  beforeEach(async () => {
    // The SDK's own chain of providers reads the process's environment.
    Object.assign(process.env, own);
    sandbox = await createSandbox();
    const config = testConfig('postgresql://nowhere/none', {
      ...own,
      AWS_BEARER_TOKEN_BEDROCK: 'ABSK-of-the-gateway',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
      AWS_ENDPOINT_URL_STS: sandbox.url,
      BEDROCK_TRANSPORT: transport,
    });
    const clients = new BedrockClients(config);
    runtime = createRuntime(clients, config);
    close = async () => {
      clients.onApplicationShutdown();
      if (runtime instanceof LeanBedrockRuntime) await runtime.onApplicationShutdown();
      await sandbox.close();
    };
  });

  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await close();
  });

  const ask = (account: typeof ACCOUNT | null, region = 'us-east-1') => runtime.converse({ region, account }, INPUT);

  it('signs its calls, though the gateway has a Bedrock API key', async () => {
    await ask(ACCOUNT);
    await ask(null);
    const [session] = sandbox.roles.list();
    expect(session).toMatchObject({
      roleArn: ROLE.arn,
      externalId: ROLE.external_id,
      tags: { tenant_id: 'team-a' },
      roleSessionName: 'bedrock-gateway-team-a',
      assumedBy: own.AWS_ACCESS_KEY_ID,
    });
    expect(signers(sandbox)).toEqual([session?.accessKeyId, null]);
  });

  it('is assumed once for many calls at the same time, and for every region', async () => {
    await Promise.all([
      ...Array.from({ length: 10 }, () => ask(ACCOUNT)),
      ...Array.from({ length: 10 }, () => ask(ACCOUNT, 'eu-west-1')),
    ]);
    expect(sessionKeys(sandbox)).toHaveLength(1);
    expect(new Set(signers(sandbox))).toEqual(new Set(sessionKeys(sandbox)));
  });

  it('is one session for each account', async () => {
    await ask(ACCOUNT);
    await ask({ ...ACCOUNT, externalId: 'another' });
    await ask({ ...ACCOUNT, sessionTags: { tenant_id: 'team-b' } });
    expect(signers(sandbox)).toEqual(sessionKeys(sandbox));
    expect(new Set(signers(sandbox)).size).toBe(3);
  });

  it.each([
    ['AccessDenied', 403, { status: 502, code: 'upstream_role_refused' }],
    ['ServiceUnavailable', 503, { status: 503, code: 'upstream_role_unavailable' }],
    ['Throttling', 400, { status: 503, code: 'upstream_role_unavailable' }],
  ])('that STS answers with %s is told without its name', async (name, status, expected) => {
    const message = `User: ${ROLE.arn} is not authorized`;
    const fault = { kind: 'error' as const, name, status, message };
    sandbox.script.next({ match: { operation: 'AssumeRole' }, times: 10, fault });
    const error = toGatewayError(await ask(ACCOUNT).catch((caught: unknown) => caught));
    expect(error).toMatchObject(expected);
    expect(error.message).not.toMatch(/arn|team-a|210987654321/);
    expect(signers(sandbox)).toEqual([]);
    sandbox.script.clear();
    await ask(ACCOUNT);
    expect(signers(sandbox)).toEqual(sessionKeys(sandbox));
  });
});

describe('the role of a tenant', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const stand = await createSandbox();
    gateway = await startTestGateway({ AWS_ENDPOINT_URL_STS: stand.url });
    stands.push(stand);
    const { tenantId } = gateway;
    await gateway.call('PATCH', `/admin/v1/tenants/${tenantId}`, {
      body: { aws_role: ROLE, guardrail: { id: 'sandboxguard', version: '1' } },
    });
  });

  const stands: Sandbox[] = [];

  afterAll(async () => {
    await gateway.close();
    await Promise.all(stands.map((stand) => stand.close()));
  });

  it.each<[string, (test: TestGateway) => Promise<unknown>]>([
    ['chat', (test) => test.openai().chat.completions.create({ model: MODEL, messages: hello() })],
    [
      'a streamed chat',
      async (test) => {
        for await (const _ of await test.openai().chat.completions.create({
          model: MODEL,
          messages: hello(),
          stream: true,
        }));
      },
    ],
    [
      'an embedding',
      (test) => test.openai().embeddings.create({ model: 'amazon.titan-embed-text-v2:0', input: 'Hello!' }),
    ],
    ['a moderation', (test) => test.openai().moderations.create({ input: 'Hello!' })],
    [
      'a rerank',
      (test) =>
        test.call('POST', '/v1/rerank', {
          key: test.tenantKey,
          body: { model: 'rerank-v3.5', query: 'a', documents: ['a', 'b'] },
        }),
    ],
  ])('signs %s', async (_name, ask) => {
    gateway.sandbox.journal.clear();
    await ask(gateway);
    const [session] = stands[0]?.roles.list() ?? [];
    expect(session?.tags).toEqual({ tenant_id: gateway.tenantId });
    expect(new Set(signers(gateway.sandbox))).toEqual(new Set([session?.accessKeyId]));
  });
});

describe('credentials that AWS does not take any more', () => {
  const SETTINGS = ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE'] as const;
  const before = SETTINGS.map((name) => process.env[name]);
  const expired = { fault: { kind: 'error' as const, name: 'ExpiredTokenException', status: 403 } };
  let folder: string;
  let stand: Sandbox;
  let gateway: TestGateway;

  const write = (accessKeyId: string) =>
    writeFile(
      join(folder, 'credentials'),
      `[rotated]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = secret\n`,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-credentials-'));
    await write('AKIAFIRST');
    // The SDK's own chain of providers reads the process's environment.
    const profile = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_PROFILE: 'rotated' };
    Object.assign(process.env, profile);
    stand = await createSandbox();
    gateway = await startTestGateway({
      ...profile,
      AWS_ENDPOINT_URL_STS: stand.url,
      RETRY_BUDGET_PERCENT: '100',
    });
  });

  afterAll(async () => {
    SETTINGS.forEach((name, index) => {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
    await gateway.close();
    await stand.close();
    await rm(folder, { recursive: true });
  });

  const ask = () => gateway.openai().chat.completions.create({ model: MODEL, messages: hello() });

  it('are read again from their file, and no client sees it', async () => {
    await ask();
    await write('AKIASECOND');
    gateway.sandbox.script.next(expired);
    await ask();
    await ask();
    expect(signers(gateway.sandbox)).toEqual(['AKIAFIRST', 'AKIAFIRST', 'AKIASECOND', 'AKIASECOND']);
  });

  it('make another session of a role that was revoked', async () => {
    await gateway.call('PATCH', `/admin/v1/tenants/${gateway.tenantId}`, { body: { aws_role: ROLE } });
    gateway.sandbox.journal.clear();
    await ask();
    gateway.sandbox.script.next(expired);
    await ask();
    const [first, second] = sessionKeys(stand);
    expect(sessionKeys(stand)).toHaveLength(2);
    expect(new Set(signers(gateway.sandbox))).toEqual(new Set([first, second]));
    expect(signers(gateway.sandbox).at(-1)).toBe(second);
  });
});

describe('a further account', () => {
  const OTHER = 'arn:aws:iam::333344445555:role/spare';
  let stand: Sandbox;
  let gateway: TestGateway;

  beforeAll(async () => {
    stand = await createSandbox();
    gateway = await startTestGateway({
      AWS_ENDPOINT_URL_STS: stand.url,
      AWS_FAILOVER_ROLES: OTHER,
      AWS_FAILOVER_EXTERNAL_ID: 'spare-2026',
      RETRY_BUDGET_PERCENT: '100',
    });
  });
  beforeEach(() => {
    gateway.sandbox.journal.clear();
    gateway.sandbox.script.clear();
    stand.roles.clear();
    stand.script.clear();
  });
  afterAll(async () => {
    await gateway.close();
    await stand.close();
  });

  async function ask(key: string, stream = false, model = MODEL) {
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: hello(), stream }),
    });
    await response.text();
    const names = ['x-gateway-account', 'x-gateway-attempts'];
    return [response.status, ...names.map((name) => response.headers.get(name))];
  }

  async function newTenant(policy: object): Promise<string> {
    const { body } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'spare', ...policy } });
    return (await gateway.call('POST', `/admin/v1/tenants/${body.id}/keys`, { body: { name: 'spare' } })).body.key;
  }

  it.each([false, true])('stands in for one that is throttled, and is named, streamed: %s', async (stream) => {
    const throttled = { fault: { kind: 'error' as const, name: 'ThrottlingException' } };
    expect(await ask(gateway.tenantKey, stream)).toEqual([200, 'primary', '1']);
    gateway.sandbox.script.next({ ...throttled, times: 1 });
    expect(await ask(gateway.tenantKey, stream)).toEqual([200, 'failover-1', '2']);
    const [own, again, spare] = signers(gateway.sandbox);
    expect(again).toBe(own);
    expect(spare).not.toBe(own);
    const events = await gateway.prisma.usageEvent.findMany({ orderBy: [{ occurredAt: 'asc' }, { attempt: 'asc' }] });
    expect(events.slice(-3).map(({ outcome }) => outcome)).toEqual(['success', 'error', 'success']);
  });

  it('stands in for one whose role is refused', async () => {
    const key = await newTenant({ aws_role: ROLE, aws_failover_roles: [{ arn: OTHER, external_id: 'mine' }] });
    const fault = { kind: 'error' as const, name: 'AccessDenied', status: 403 };
    stand.script.next({ match: { operation: 'AssumeRole' }, fault });
    expect(await ask(key)).toEqual([200, 'failover-1', '2']);
    expect(stand.roles.list()).toMatchObject([{ roleArn: OTHER, externalId: 'mine' }]);
    expect(signers(gateway.sandbox)).toEqual(sessionKeys(stand));
  });

  it.each([
    ['lacks the rights', 'amazon.nova-lite-v1:0', 'AccessDeniedException'],
    ['is unknown', 'amazon.nova-micro-v1:0', 'UnrecognizedClientException'],
  ])('stands in for one that %s, and is asked first from then on', async (_, model, name) => {
    const message = 'User: someone is not authorized to perform: bedrock:InvokeModel';
    gateway.sandbox.script.next({ fault: { kind: 'error', name, status: 403, message } });
    expect(await ask(gateway.tenantKey, false, model)).toEqual([200, 'failover-1', '2']);
    expect(await ask(gateway.tenantKey, false, model)).toEqual([200, 'failover-1', '1']);
    const [own, ...others] = signers(gateway.sandbox);
    expect(new Set(others).size).toBe(1);
    expect(others).not.toContain(own);
  });

  it('does not stand in for a tenant that pays for itself', async () => {
    const key = await newTenant({ aws_role: ROLE });
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ServiceUnavailableException' }, times: 10 });
    expect((await ask(key))[0]).toBe(503);
    expect(stand.roles.list().map(({ roleArn }) => roleArn)).toEqual([ROLE.arn]);
  });
});

function hello() {
  return [{ role: 'user' as const, content: 'Hello!' }];
}
