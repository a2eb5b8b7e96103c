import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startTestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

interface Value {
  stringValue?: string;
  intValue?: number;
  boolValue?: boolean;
  doubleValue?: number;
  arrayValue?: { values: Value[] };
}

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: Value }[];
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN_ID = 'b7ad6b7169203331';

let collector: Server;
let bodies: string[];
let paths: string[];

beforeEach(async () => {
  bodies = [];
  paths = [];
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    paths.push(request.url ?? '');
    bodies.push(await text(request));
    response.end('{}');
  };
  collector = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => collector.close(resolve)));

const spans = (): Span[] =>
  bodies.flatMap((body) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
    ),
  );

function plain(value: Value): unknown {
  const { stringValue, intValue, boolValue, doubleValue, arrayValue } = value;
  return stringValue ?? intValue ?? boolValue ?? doubleValue ?? arrayValue?.values.map(plain);
}

function attributesOf({ attributes }: Pick<Span, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

describe('traces', () => {
  it("belong to the caller's trace and hold tokens and ids, but nothing of what was said", async () => {
    const { port } = collector.address() as AddressInfo;
    const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/` });
    gateway.sandbox.script.next({
      match: { operation: 'ConverseStream' },
      reply: 'a secret answer',
      usage: { inputTokens: 5, outputTokens: 3, cacheReadInputTokens: 2 },
    });
    const stream = await gateway.openai().chat.completions.create(
      {
        model: 'amazon.nova-lite-v1:0',
        stream: true,
        max_tokens: 30,
        temperature: 0.5,
        top_p: 0.75,
        messages: [{ role: 'user', content: 'a secret question' }],
      },
      { headers: { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01` } },
    );
    const ids = new Set<string>();
    for await (const { id } of stream) ids.add(id);
    const { tenantId, tenantKey } = gateway;
    await gateway.close();

    const server = spans().find(({ name }) => name === 'POST /v1/chat/completions');
    const attempt = spans().find(({ name }) => name === 'chat amazon.nova-lite-v1:0');
    expect(server).toMatchObject({ traceId: TRACE_ID, parentSpanId: CALLER_SPAN_ID, kind: 2 });
    expect(attempt).toMatchObject({ traceId: TRACE_ID, parentSpanId: server?.spanId, kind: 3 });
    expect(server && attributesOf(server)).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/v1/chat/completions',
      'url.path': '/v1/chat/completions',
      'url.scheme': 'http',
    });
    expect(attempt && attributesOf(attempt)).toMatchObject({
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.request.stream': true,
      'gen_ai.request.max_tokens': 30,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.75,
      'gen_ai.response.id': [...ids].join(),
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(gateway.sandbox.url).port),
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 2,
      'gen_ai.usage.output_tokens': 3,
      'gateway.tenant.id': tenantId,
      'cloud.region': 'us-east-1',
      'aws.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(bodies.join()).not.toMatch(/secret/);
    expect(bodies.join()).not.toContain(tenantKey);
  });

  it('tell, as metrics do, of a client that left before its answer', async () => {
    const { port } = collector.address() as AddressInfo;
    const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/` });
    gateway.sandbox.script.next({ match: { operation: 'Converse' }, headersDelayMs: 2_000 });
    const leaving = new AbortController();
    const asking = gateway
      .openai()
      .chat.completions.create(
        { model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: 'Hello!' }] },
        { signal: leaving.signal },
      );
    await until(() => gateway.sandbox.journal.list().length === 1, 'the call to reach Bedrock');
    leaving.abort();
    await expect(asking).rejects.toThrow(/./);
    const headers = { authorization: `Bearer ${gateway.adminKey}` };
    const scrape = async () => (await fetch(`${gateway.baseUrl}/metrics`, { headers })).text();
    const sample =
      'gateway_http_request_duration_seconds_count{method="POST",route="/v1/chat/completions",status="499"}';
    await until(async () => (await scrape()).includes(`${sample} 1\n`), 'the request to be counted');
    await gateway.close();
    const server = spans().find(({ name }) => name === 'POST /v1/chat/completions');
    expect(server && attributesOf(server)).toMatchObject({ 'http.response.status_code': 499 });
  });

  it('are named as the client names the model, tell a failure by its status, and hold no unknown path', async () => {
    const { port } = collector.address() as AddressInfo;
    const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/` });
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'InternalServerException' }, times: 9 });
    const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
    const { status } = await gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body });
    await gateway.call('GET', `/v1/none/${gateway.tenantKey}?key=${gateway.tenantKey}`, { key: gateway.tenantKey });
    await gateway.call('PROPFIND', '/v1/models', { key: gateway.tenantKey });
    await gateway.close();

    const server = spans().find(({ name }) => name === 'POST /v1/chat/completions');
    expect(status).toBeGreaterThanOrEqual(500);
    expect(server && attributesOf(server)).toMatchObject({ 'error.type': String(status) });
    expect(spans().map(({ name }) => name)).toContain('chat gpt-4o');
    const [lost, odd] = ['GET', 'HTTP'].map((name) => spans().find((span) => span.name === name));
    expect(lost && attributesOf(lost)).not.toHaveProperty(['http.route']);
    expect(odd && attributesOf(odd)).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    });
    expect(bodies.join()).not.toContain(gateway.tenantKey);
  });

  it.each<[string, object, string]>([
    ['by itself', {}, 'bedrock-gateway'],
    ['by the resource', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=b' }, 'a'],
  ])('name the service: %s', async (_name, environment, expected) => {
    const { port } = collector.address() as AddressInfo;
    Object.assign(process.env, environment);
    const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/` });
    delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
    await gateway.call('GET', '/v1/models', { key: gateway.tenantKey });
    await gateway.close();
    expect(bodies.join()).toContain(`{"key":"service.name","value":{"stringValue":"${expected}"}}`);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', '/collector/', '/collector/v1/traces'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', '/collector/of/traces', '/collector/of/traces'],
  ])('go where %s says', async (variable, path, expected) => {
    const { port } = collector.address() as AddressInfo;
    const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const gateway = await startTestGateway({ ...elsewhere, [variable]: `http://127.0.0.1:${port}${path}` });
    await gateway.openai().models.list();
    await gateway.close();
    expect(new Set(paths)).toEqual(new Set([expected]));
  });

  it('are not made where the kit is disabled', async () => {
    const { port } = collector.address() as AddressInfo;
    const gateway = await startTestGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SDK_DISABLED: 'true',
    });
    await gateway.openai().models.list();
    await gateway.close();
    expect(bodies).toEqual([]);
  });

  it('do not hold up the end when the collector is away', async () => {
    const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    await gateway.openai().models.list();
    await expect(gateway.close()).resolves.toBeUndefined();
  });
});
