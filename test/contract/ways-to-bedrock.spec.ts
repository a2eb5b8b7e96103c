import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { BedrockClients } from '../../src/bedrock/bedrock-clients.js';
import { BedrockReach } from '../../src/bedrock/bedrock-reach.js';
import { toGatewayError } from '../../src/bedrock/bedrock.errors.js';
import { verdictOf } from '../../src/bedrock/engine/verdict.js';
import type { BedrockRuntime } from '../../src/bedrock/runtime/bedrock-runtime.js';
import { createRuntime } from '../../src/bedrock/runtime/create-runtime.js';
import { LeanBedrockRuntime } from '../../src/bedrock/runtime/lean/lean-bedrock-runtime.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { openBlackHole, type BlackHole } from '../support/black-hole.js';
import { testConfig } from '../support/config.js';
import { ForwardProxy, type ProxyMood } from '../support/forward-proxy.js';
import { selfSigned } from '../support/self-signed.js';
import { until } from '../support/until.js';

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const INPUT = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hello!' }] }] };
const TO = { region: 'us-east-1', account: null };
const TRANSPORTS = ['lean', 'sdk'];
const HOST = 'bedrock-runtime.us-east-1.amazonaws.com';
const STS_HOST = 'sts.us-east-1.amazonaws.com';
const OWN = { AWS_ACCESS_KEY_ID: 'AKIAOWNOWNOWNOWN', AWS_SECRET_ACCESS_KEY: 'own-secret' };
const ROLE = {
  roleArn: 'arn:aws:iam::210987654321:role/team-a',
  externalId: null,
  sessionTags: { tenant_id: 'team-a' },
};

const closings: (() => Promise<void>)[] = [];

function configOf(env: NodeJS.ProcessEnv) {
  return testConfig('postgresql://nowhere/none', env);
}

function runtimeOf(env: NodeJS.ProcessEnv): BedrockRuntime {
  const config = configOf(env);
  const clients = new BedrockClients(config);
  const runtime = createRuntime(clients, config);
  closings.push(async () => {
    clients.onApplicationShutdown();
    if (runtime instanceof LeanBedrockRuntime) await runtime.onApplicationShutdown();
  });
  return runtime;
}

/** Until the test ends, the process's environment has these, too: the SDK reads it by itself. */
function setEnvironment(env: Record<string, string>): void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  closings.push(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

describe('the endpoint of a region', () => {
  const FIPS = { AWS_USE_FIPS_ENDPOINT: 'true' };
  const DUAL = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };
  const VPC = {
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'https://vpce-0a1b.bedrock-runtime.{region}.vpce.amazonaws.com/base',
    AWS_ENDPOINT_URL_BEDROCK: 'https://vpce-0a1b.bedrock.{region}.vpce.amazonaws.com',
    AWS_ENDPOINT_URL_STS: 'https://vpce-0a1b.sts.{region}.vpce.amazonaws.com',
  };
  const endpoints: [region: string, env: NodeJS.ProcessEnv, runtime: string, control: string][] = [
    ['us-east-1', {}, 'bedrock-runtime.us-east-1.amazonaws.com', 'bedrock.us-east-1.amazonaws.com'],
    ['us-gov-west-1', {}, 'bedrock-runtime.us-gov-west-1.amazonaws.com', 'bedrock.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', {}, 'bedrock-runtime.cn-north-1.amazonaws.com.cn', 'bedrock.cn-north-1.amazonaws.com.cn'],
    ['us-east-1', FIPS, 'bedrock-runtime-fips.us-east-1.amazonaws.com', 'bedrock-fips.us-east-1.amazonaws.com'],
    [
      'us-gov-east-1',
      FIPS,
      'bedrock-runtime-fips.us-gov-east-1.amazonaws.com',
      'bedrock-fips.us-gov-east-1.amazonaws.com',
    ],
    ['eu-central-1', DUAL, 'bedrock-runtime.eu-central-1.api.aws', 'bedrock.eu-central-1.api.aws'],
    [
      'cn-northwest-1',
      DUAL,
      'bedrock-runtime.cn-northwest-1.api.amazonwebservices.com.cn',
      'bedrock.cn-northwest-1.api.amazonwebservices.com.cn',
    ],
    [
      'eu-west-1',
      VPC,
      'vpce-0a1b.bedrock-runtime.eu-west-1.vpce.amazonaws.com/base',
      'vpce-0a1b.bedrock.eu-west-1.vpce.amazonaws.com',
    ],
  ];

  it.each(endpoints)("is AWS's or the settings': %s %j", async (region, env, runtime, control) => {
    setEnvironment(OWN);
    const clients = new BedrockClients(configOf({ ...OWN, ...env }));
    const { origin, basePath, host } = await clients.connection({ region, account: null }).endpoint();
    expect(origin + basePath).toBe(`https://${runtime}`);
    expect(host).toBe(runtime.split('/')[0]);
    expect(await hostOf(clients.control(region))).toBe(control);
    clients.onApplicationShutdown();
  });
});

/** Where the control plane's client would send a call. */
async function hostOf(client: ReturnType<BedrockClients['control']>): Promise<string> {
  const { ListFoundationModelsCommand } = await import('@aws-sdk/client-bedrock');
  const command = new ListFoundationModelsCommand({});
  let host = '';
  command.middlewareStack.add(
    () => (args) => {
      host = (args.request as { hostname: string }).hostname;
      return Promise.resolve({ output: { $metadata: {} }, response: undefined });
    },
    { step: 'build', priority: 'high' },
  );
  await client.send(command);
  return host;
}

describe.each(TRANSPORTS)('a proxy, through the transport %s', (transport) => {
  let sandbox: Sandbox;
  let tls: Server;
  let proxy: ForwardProxy;
  /** Takes the same with TLS. */
  let secure: Server;
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    sandbox = await createSandbox();
    const { port } = new URL(sandbox.url);
    const pair = selfSigned(HOST, STS_HOST, 'localhost');
    setDefaultCACertificates([...trusted, pair.cert]);
    tls = createTlsServer(pair, (socket) => {
      const upstream = connect(Number(port), '127.0.0.1');
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    proxy = await ForwardProxy.open({ tls: (tls.address() as AddressInfo).port, plain: Number(port) });
    const proxyPort = Number(new URL(proxy.url).port);
    secure = createTlsServer(pair, (socket) => {
      const inner = connect(proxyPort, '127.0.0.1');
      socket.on('error', () => inner.destroy()).pipe(inner);
      inner.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    proxy.asked.length = 0;
    proxy.mood = 'serves';
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await proxy.close();
    await new Promise((resolve) => secure.close(resolve));
    await new Promise((resolve) => tls.close(resolve));
    await sandbox.close();
  });

  const authorization = `Basic ${Buffer.from('gateway:p@ss').toString('base64')}`;

  function through(env: NodeJS.ProcessEnv): BedrockRuntime {
    setEnvironment(OWN);
    return runtimeOf({ ...OWN, BEDROCK_TRANSPORT: transport, ...env });
  }

  it('is asked for tunnels, which are used again', async () => {
    const runtime = through({ HTTPS_PROXY: proxy.url });
    await runtime.converse(TO, INPUT);
    const { events } = await runtime.converseStream(TO, INPUT);
    const types: string[] = [];
    for await (const event of events) types.push(...Object.keys(event));
    expect(types.at(-1)).toBe('metadata');
    await until(async () => {
      const before = proxy.asked.length;
      await runtime.converse(TO, INPUT);
      return proxy.asked.length === before;
    }, 'a call through a tunnel that is there');
    for (const asked of proxy.asked) expect(asked).toEqual({ line: `CONNECT ${HOST}:443`, authorization });
  });

  it('leads to STS, too', async () => {
    const runtime = through({ HTTPS_PROXY: proxy.url });
    await runtime.converse({ ...TO, account: ROLE }, INPUT);
    expect(proxy.asked.map(({ line }) => line)).toEqual([`CONNECT ${STS_HOST}:443`, `CONNECT ${HOST}:443`]);
    expect(sandbox.journal.list().at(-1)?.accessKeyId).toBe(sandbox.roles.list().at(-1)?.accessKeyId);
  });

  it('is asked for the whole URL where that begins with http', async () => {
    const runtime = through({ HTTP_PROXY: proxy.url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test:81' });
    await runtime.converse(TO, INPUT);
    const path = encodeURIComponent(MODEL);
    expect(proxy.asked).toEqual([{ line: `POST http://bedrock.test:81/model/${path}/converse`, authorization }]);
  });

  it('may be reached with TLS', async () => {
    const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
    await through({ HTTPS_PROXY: url }).converse(TO, INPUT);
    const plain = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test:81' };
    await through({ HTTP_PROXY: url, HTTPS_PROXY: url, ...plain }).converse(TO, INPUT);
    const path = encodeURIComponent(MODEL);
    const lines = [`CONNECT ${HOST}:443`, `POST http://bedrock.test:81/model/${path}/converse`];
    expect(proxy.asked.map(({ line }) => line)).toEqual(lines);
  });

  it('may have an IPv6 address', async () => {
    // Nobody listens there; a host with brackets would not even be looked for.
    const error = await through({ HTTPS_PROXY: 'http://[::1]:9' })
      .converse(TO, INPUT)
      .catch((caught: unknown) => caught);
    expect(String(error)).not.toContain('ENOTFOUND');
    expect(String(error)).toContain('::1:9');
  });

  it('leads to the STS of a web identity, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-identity-'));
    closings.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'a-token');
    const identity = { AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'), AWS_ROLE_ARN: ROLE.roleArn };
    setEnvironment({ ...identity, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') });
    const settings = { ...identity, BEDROCK_TRANSPORT: transport, HTTPS_PROXY: proxy.url, AWS_REGION: 'eu-west-1' };
    // The proxy leads to another host's certificate.
    await expect(runtimeOf(settings).converse(TO, INPUT)).rejects.toMatchObject({ name: 'CredentialsUnavailable' });
    expect(proxy.asked[0]?.line).toBe('CONNECT sts.eu-west-1.amazonaws.com:443');
  });

  it.each([
    ['127.0.0.9', []],
    ['other.test,127.0.0.0-127.0.0.9', []],
    ['*', []],
    ['.0.9', []],
    ['127.0.0.8,.8', ['127.0.0.9']],
    ['', ['127.0.0.9']],
  ])('is not asked for hosts of NO_PROXY: %s', async (NO_PROXY, expected) => {
    const { port } = new URL(sandbox.url);
    const elsewhere = createTcpServer((socket) => socket.pipe(connect(Number(port), '127.0.0.1')).pipe(socket));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.9', resolve));
    closings.push(async () => void elsewhere.close());
    const url = `http://127.0.0.9:${(elsewhere.address() as AddressInfo).port}`;
    const runtime = through({ HTTP_PROXY: proxy.url, NO_PROXY, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
    await runtime.converse(TO, INPUT);
    expect(proxy.asked.map(({ line }) => new URL(line.split(' ')[1] ?? '').hostname)).toEqual(expected);
  });

  it('for http alone is none for https', async () => {
    const url = `https://127.0.0.9:9`;
    const runtime = through({ HTTP_PROXY: proxy.url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
    await expect(runtime.converse(TO, INPUT)).rejects.toThrow('ECONNREFUSED');
    expect(proxy.asked).toEqual([]);
  });

  // The SDK's other errors lose their codes in the realm that Jest runs tests in.
  const codes: [ProxyMood, object][] = [
    ['refuses', { status: 503, code: 'service_unavailable' }],
    ['hangs-up', { status: 502, code: 'upstream_disconnected' }],
    ['babbles', { status: 503, code: 'service_unavailable' }],
  ];
  it.each<[ProxyMood, object]>([
    ...(transport === 'lean' ? codes : []),
    ['is-silent', { status: 504, code: 'upstream_connect_timeout' }],
  ])('that %s is a failure of the way, after one try', async (mood, expected) => {
    proxy.mood = mood;
    const runtime = through({ HTTPS_PROXY: proxy.url, AWS_CONNECT_TIMEOUT_MS: '200' });
    const error = await runtime.converse(TO, INPUT).catch((caught: unknown) => caught);
    expect(toGatewayError(error)).toMatchObject(expected);
    expect(verdictOf(error)).toBe('fault');
    expect(proxy.asked).toHaveLength(1);
  });

  it.each<ProxyMood>(['is-silent', 'leads-nowhere'])(
    'that %s keeps no connection, and nobody waiting',
    async (mood) => {
      const stuck = await ForwardProxy.open({ tls: 0, plain: 0 });
      closings.push(() => stuck.close());
      stuck.mood = mood;
      const settings = { HTTPS_PROXY: stuck.url, AWS_CONNECT_TIMEOUT_MS: '200' };
      const runtime = through(settings);
      await expect(runtime.converse(TO, INPUT)).rejects.toMatchObject({ name: 'ConnectTimeout' });
      await expect(runtime.converse({ ...TO, account: ROLE }, INPUT)).rejects.toMatchObject({
        name: 'RoleServiceUnavailable',
      });
      const config = configOf({ ...OWN, ...settings });
      const clients = new BedrockClients(config);
      const reach = new BedrockReach(clients, config);
      await until(() => reach.report().status !== 'unknown', 'the first check');
      expect(reach.report().status).toBe('down');
      await until(() => stuck.connections === 0, 'the connections to the proxy are closed');
      clients.onApplicationShutdown();
    },
  );

  it('is what the check of reach goes through', async () => {
    setEnvironment(OWN);
    const config = configOf({ ...OWN, HTTPS_PROXY: proxy.url, BEDROCK_TRANSPORT: transport });
    const clients = new BedrockClients(config);
    const reach = new BedrockReach(clients, config);
    await until(() => reach.report().status !== 'unknown', 'the first check');
    expect(reach.report().status).toBe('up');
    expect(proxy.asked.map(({ line }) => line)).toEqual([`CONNECT ${HOST}:443`]);
    clients.onApplicationShutdown();
  });
});

describe.each(TRANSPORTS)('an address that answers no knock, through the transport %s', (transport) => {
  let hole: BlackHole;
  beforeAll(async () => {
    hole = await openBlackHole();
  });
  afterAll(() => hole.close());

  it.each(['http', 'https'])('is given up after the time to connect: %s', async (scheme) => {
    const url = `${scheme}://127.0.0.1:${hole.port}`;
    const env = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url, AWS_CONNECT_TIMEOUT_MS: '200' };
    const runtime = runtimeOf({ ...env, BEDROCK_TRANSPORT: transport });
    const calls = [runtime.converse(TO, INPUT), runtime.converseStream(TO, INPUT)];
    const failures = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
    for (const failure of failures) {
      expect(toGatewayError(failure)).toMatchObject({ status: 504, code: 'upstream_connect_timeout' });
      expect(verdictOf(failure)).toBe('fault');
    }
  });
});

describe.each(TRANSPORTS)('the role of an instance, through the transport %s', (transport) => {
  it('signs where the settings say that there is one, though nothing of it is seen beforehand', async () => {
    const sandbox = await createSandbox();
    closings.push(() => sandbox.close());
    const answers: Record<string, string> = {
      '/latest/api/token': 'a-session',
      '/latest/meta-data/iam/security-credentials/': 'gateway',
      '/latest/meta-data/iam/security-credentials/gateway': JSON.stringify({
        AccessKeyId: 'ASIAINSTANCE',
        SecretAccessKey: 'secret',
        Token: 'token',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    };
    const metadata = createHttpServer(({ url = '' }, response) => {
      response.writeHead(url in answers ? 200 : 404, { 'x-aws-ec2-metadata-token-ttl-seconds': '60' });
      response.end(answers[url]);
    });
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    closings.push(async () => void metadata.close());
    const { port } = metadata.address() as AddressInfo;
    setEnvironment({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`, HOME: '/nowhere' });
    const endpoint = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url };
    const runtime = runtimeOf({ ...endpoint, BEDROCK_MODE: 'aws', BEDROCK_TRANSPORT: transport });
    await runtime.converse(TO, INPUT);
    expect(sandbox.journal.list().at(-1)?.accessKeyId).toBe('ASIAINSTANCE');
  });
});

describe.each(TRANSPORTS)('a Bedrock API key in the environment, through the transport %s', (transport) => {
  it('proves the gateway, and never a role of a tenant', async () => {
    const sandbox = await createSandbox();
    closings.push(() => sandbox.close());
    const bearer = { ...OWN, AWS_BEARER_TOKEN_BEDROCK: 'ABSK-of-the-gateway' };
    setEnvironment(bearer);
    const env = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url, AWS_ENDPOINT_URL_STS: sandbox.url };
    const runtime = runtimeOf({ ...bearer, ...env, BEDROCK_TRANSPORT: transport });
    const guarded = {
      guardrailIdentifier: 'sandboxguard',
      guardrailVersion: '1',
      source: 'INPUT' as const,
      content: [{ text: { text: 'Hello!' } }],
    };
    for (const account of [ROLE, null]) {
      await runtime.converse({ ...TO, account }, INPUT);
      const { events } = await runtime.converseStream({ ...TO, account }, INPUT);
      for await (const _ of events);
      await runtime.applyGuardrail({ ...TO, account }, guarded);
    }
    const [session] = sandbox.roles.list();
    const signers = sandbox.journal.list().map(({ accessKeyId }) => accessKeyId);
    expect(signers).toEqual([...Array(3).fill(session?.accessKeyId), ...Array(3).fill(null)]);
  });
});
