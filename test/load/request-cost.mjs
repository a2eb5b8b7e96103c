// CPU of the gateway process per chat request, plain and streamed, for each transport in turn in the same run, against
// an upstream that answers with fixed bytes. Everything runs on loopback and ends by itself.
// npm run build && node test/load/request-cost.mjs [transports: lean,sdk] [rounds] [requests a round] [profile folder]
import { spawn } from 'node:child_process';
import { once, on } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { encodeEvent } from '../../dist/sandbox/framing/event-stream.js';

const CONNECTIONS = 16;
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const CHUNKS = [10, 110];
const WARM_UP_REQUESTS = 1_500;

if (process.argv[2] === 'upstream') serveFixedAnswers();
else await main();

/** Chunks of a stream are chosen by the length of `max_tokens`'s value, the only thing that is looked at. */
function serveFixedAnswers() {
  const usage = { inputTokens: 12, outputTokens: 20, totalTokens: 32 };
  const answer = JSON.stringify({
    metrics: { latencyMs: 200 },
    output: { message: { role: 'assistant', content: [{ text: 'Hello! How can I help you today?' }] } },
    stopReason: 'end_turn',
    usage,
  });
  const whole = Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: 0b1c2d3e-0000-4000-8000-000000000000\r\n' +
      `content-length: ${answer.length}\r\n\r\n${answer}`,
  );
  const streams = new Map(CHUNKS.map((chunks) => [chunks, streamOf(chunks)]));
  function streamOf(chunks) {
    const p = 'abcdefghijklmnopqrstuvwxyz';
    const delta = { text: ' some words' };
    const frames = [
      encodeEvent('messageStart', { p, role: 'assistant' }),
      ...Array.from({ length: chunks }, () => encodeEvent('contentBlockDelta', { contentBlockIndex: 0, delta, p })),
      encodeEvent('contentBlockStop', { contentBlockIndex: 0, p }),
      encodeEvent('messageStop', { stopReason: 'end_turn', p }),
      encodeEvent('metadata', { metrics: { latencyMs: 200 }, usage, p }),
    ];
    const head =
      'HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n' +
      'x-amzn-requestid: 0b1c2d3e-0000-4000-8000-000000000000\r\n\r\n';
    const bodies = frames.map((frame) =>
      Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from('\r\n')]),
    );
    return [Buffer.from(head), ...bodies, Buffer.from('0\r\n\r\n')];
  }
  const server = createServer((socket) => {
    let pending = '';
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      pending += data.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      const chunks = Number(/"maxTokens":(\d+)/.exec(pending)?.[1] ?? 0);
      const streamed = pending.slice(0, 200).includes('/converse-stream');
      pending = '';
      if (!streamed) socket.write(whole);
      else for (const part of streams.get(chunks) ?? []) socket.write(part);
    });
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
  process.once('disconnect', () => process.exit(0));
}

async function main() {
  const transports = (process.argv[2] ?? 'lean,sdk').split(',');
  const rounds = Number(process.argv[3] ?? 5);
  const requests = Number(process.argv[4] ?? 1_000);
  const profiles = process.argv[5];
  const stops = [];
  try {
    const port = /port (\d+)/;
    const { text } = await start([process.execPath, import.meta.filename, 'upstream'], {}, port, stops);
    const upstream = port.exec(text)[1];
    const gateways = [];
    for (const transport of transports) gateways.push(await startGateway(transport, upstream, profiles, stops));
    const shapes = [
      { name: 'plain', body: { stream: false } },
      ...CHUNKS.map((chunks) => ({ name: `${chunks} chunks`, body: { stream: true, max_tokens: chunks } })),
    ];
    for (const gateway of gateways) for (const { body } of shapes) await load(gateway, body, WARM_UP_REQUESTS);
    const figures = new Map();
    for (let round = 0; round < rounds; round += 1) {
      for (const gateway of gateways) {
        for (const { name, body } of shapes) {
          const before = cpuMs(gateway.pid);
          const startedAt = performance.now();
          await load(gateway, body, requests);
          const cpu = (cpuMs(gateway.pid) - before) / requests;
          const perSecond = (requests / (performance.now() - startedAt)) * 1_000;
          const key = `${gateway.transport} ${name}`;
          figures.set(key, [...(figures.get(key) ?? []), { cpu, perSecond }]);
        }
      }
    }
    for (const [key, values] of figures) {
      const cpu = values.map((value) => value.cpu).sort((a, b) => a - b);
      const perSecond = median(values.map((value) => value.perSecond));
      console.log(
        `${key.padEnd(18)} ${median(cpu).toFixed(3)} ms CPU a request (${cpu[0].toFixed(3)}–${cpu.at(-1).toFixed(3)}), ` +
          `${Math.round(perSecond)} requests a second`,
      );
    }
    for (const { transport } of gateways) {
      const [few, many] = CHUNKS.map((chunks) =>
        median(figures.get(`${transport} ${chunks} chunks`).map(({ cpu }) => cpu)),
      );
      const each = ((many - few) / (CHUNKS[1] - CHUNKS[0])) * 1_000;
      console.log(`${transport.padEnd(18)} ${each.toFixed(1)} µs CPU a chunk`);
    }
  } finally {
    for (const stop of stops) await stop();
  }
}

async function startGateway(transport, upstreamPort, profiles, stops) {
  const dataDir = mkdtempSync(join(tmpdir(), 'request-cost-'));
  chmodSync(dataDir, 0o755);
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const env = {
    HOME: tmpdir(),
    HOST: '127.0.0.1',
    PORT: String(await findFreePort()),
    DATA_DIR: join(dataDir, 'data'),
    BEDROCK_TRANSPORT: transport,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${upstreamPort}`,
    AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
  };
  stops.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const command = [process.execPath, ...profiling, '--enable-source-maps', 'dist/main.js'];
  const { pid, text } = await start(command, env, /sk-[0-9A-Za-z]{36}[^]*curl/, stops);
  const pool = new Pool(`http://127.0.0.1:${env.PORT}`, { connections: CONNECTIONS });
  stops.unshift(() => pool.destroy());
  return { transport, pid, pool, key: /sk-[0-9A-Za-z]{36}/.exec(text)[0] };
}

/** Resolves when the process has written what `pattern` matches. */
async function start([file, ...args], env, pattern, stops) {
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'];
  const child = spawn(file, args, { env: { PATH: process.env.PATH, ...env }, stdio });
  const ended = once(child, 'close');
  stops.unshift(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const [part] of on(child.stdout, 'data', { close: ['end'] })) {
    text += part;
    if (pattern.test(text)) break;
  }
  if (!pattern.test(text)) throw new Error(`${file} ended:\n${text}`);
  // Logs are written as in production, and read away.
  child.stdout.resume();
  return { pid: child.pid, text };
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function load({ pool, key }, extra, requests) {
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello there!' }], ...extra });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  let left = requests;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left > 0) {
        left -= 1;
        const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
        const text = await answer.body.text();
        if (answer.statusCode !== 200 || text.includes('"error"')) throw new Error(`${answer.statusCode} ${text}`);
      }
    }),
  );
}

/** CPU time of all threads, in milliseconds. Linux tells it in nanoseconds for each. */
function cpuMs(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum;
    }
  }, 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
