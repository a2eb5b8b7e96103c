import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { OpenAI } from 'openai';
import { killHard, makeDataDir, processesOn, startProcess, stopAll, type GatewayProcess } from '../support/process.js';
import { until } from '../support/until.js';

const WORKERS = 3;
const MODEL = 'amazon.nova-lite-v1:0';

let dataDir: string;
let gateway: GatewayProcess;
let tenantKey: string;
let adminKey: string;

beforeAll(async () => {
  dataDir = makeDataDir();
  gateway = await startProcess({ DATA_DIR: dataDir, WORKERS: String(WORKERS) });
  tenantKey = /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
  adminKey = /ak-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
});

afterAll(stopAll);

interface Answer {
  status: number | undefined;
  text: string;
}

/** Each call on a connection of its own, so that all workers get some. */
async function call(method: string, path: string, key: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const sent = request(gateway.url + path, { method, headers, agent: false });
  sent.end(body && JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}

const chat = (key: string) =>
  call('POST', '/v1/chat/completions', key, { model: MODEL, messages: [{ role: 'user', content: 'Hello!' }] });

async function sample(name: string): Promise<number> {
  const { text: metrics } = await call('GET', '/metrics', adminKey);
  return Number(
    metrics
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.split(' ')
      .at(-1) ?? 0,
  );
}

describe('several workers', () => {
  it('share a port, and a scrape tells the figures of all of them', async () => {
    expect(gateway.workers()).toHaveLength(WORKERS);
    const answers = await Promise.all(Array.from({ length: 24 }, () => chat(tenantKey)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await sample('gateway_upstream_attempts_total{operation="chat"')).toBe(24);
  });

  it('all refuse a revoked key', async () => {
    const keys = `/admin/v1/tenants/${await tenantId()}/keys`;
    const { id, key } = JSON.parse((await call('POST', keys, adminKey, { name: 'short-lived' })).text) as {
      id: string;
      key: string;
    };
    await Promise.all(Array.from({ length: 24 }, () => call('GET', '/v1/models', key)));
    await call('DELETE', `${keys}/${id}`, adminKey);
    const ask = () => Promise.all(Array.from({ length: 24 }, () => call('GET', '/v1/models', key)));
    await until(async () => (await ask()).every(({ status }) => status === 401), 'every worker to refuse the key');
    expect(new Set((await ask()).map(({ status }) => status))).toEqual(new Set([401]));
  });

  it('count rate limits together', async () => {
    const keys = `/admin/v1/tenants/${await tenantId()}/keys`;
    const body = { name: 'limited', limits: { requests_per_minute: 10 } };
    const { key } = JSON.parse((await call('POST', keys, adminKey, body)).text) as { key: string };
    const answers = await Promise.all(Array.from({ length: 30 }, () => chat(key)));
    const granted = answers.filter(({ status }) => status === 200);
    expect(granted).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it('replace one that is killed, keep what it has counted, and log that as JSON', async () => {
    const counted = await sample('gateway_upstream_attempts_total{operation="chat"');
    const [victim, ...others] = gateway.workers();
    killHard(victim);
    await until(() => {
      const now = gateway.workers();
      return now.length === WORKERS && !now.includes(victim ?? 0) && others.every((pid) => now.includes(pid));
    }, 'another worker');
    expect(await sample('gateway_upstream_attempts_total{operation="chat"')).toBe(counted);
    expect((await chat(tenantKey)).status).toBe(200);
    const line = () =>
      gateway
        .stdout()
        .split('\n')
        .find((written) => written.includes(`Worker ${victim} ended`));
    await until(() => line() !== undefined, 'the death to be logged');
    expect(JSON.parse(line() ?? '')).toEqual({
      level: 'error',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      context: 'WorkerPool',
      msg: `Worker ${victim} ended (SIGKILL); starting another one.`,
    });
    expect(gateway.stderr()).toBe('');
  });

  it('finish their streams on SIGTERM and leave nothing behind', async () => {
    const openai = new OpenAI({ apiKey: tenantKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const content = 'Hello! [[sandbox: {"chunks":40,"delayMs":20}]]';
    const streams = await Promise.all(
      Array.from({ length: 6 }, () =>
        openai.chat.completions.create({ model: MODEL, stream: true, messages: [{ role: 'user', content }] }),
      ),
    );
    const exit = gateway.kill('SIGTERM');
    const reasons = await Promise.all(
      streams.map(async (stream) => {
        let reason: string | null | undefined;
        for await (const chunk of stream) reason = chunk.choices[0]?.finish_reason ?? reason;
        return reason;
      }),
    );
    expect(reasons).toEqual(streams.map(() => 'stop'));
    expect(await exit).toBe(0);
    expect(processesOn(dataDir)).toEqual([]);
  });
});

async function tenantId(): Promise<string> {
  const { data } = JSON.parse((await call('GET', '/admin/v1/tenants', adminKey)).text) as { data: { id: string }[] };
  return data[0]?.id ?? '';
}
