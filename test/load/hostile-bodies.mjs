// What bodies that are made to hurt cost: few bytes that hold many values, names that repeat, texts in each other, each sent
// alone, with the longest turn of the event loop; then many of the largest at once, from a stranger and from a known key,
// with the peak of resident memory. Fails where a turn takes over a second of CPU, an answer is a failure of the gateway, or
// memory is not bounded; and where its control, a gateway without that bound, is not found out. Loopback only; ends by itself.
// npm run build && node test/load/hostile-bodies.mjs [bodies at once: 24]
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { LOOP_PROBE, longestTurnOf, startGateway, startUpstream, Stops } from './lib/processes.mjs';

const MODEL = 'amazon.nova-lite-v1:0';
const TURN_CPU_MS_MAX = 1_000;
const LARGE_BYTES = 29_000_000;
const MEMORY_MB = '64';
/** The process itself, and several times the bytes that it may hold. */
const RESIDENT_MB_MAX = 1_200;
/** As many lists and objects as a body may hold, and almost as many values. */
const [CONTAINERS, VALUES] = [49_000, 309_000];

const repeat = (text, count) => Array.from({ length: count }, () => text).join(',');
const each = (count, toText) => Array.from({ length: count }, (_, at) => toText(at)).join(',');
const chat = (messages, rest = '') => `{"model":"${MODEL}","messages":[${messages}]${rest}}`;
const user = '{"role":"user","content":"a"}';
const tools = ',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]';
const callOf = (id) => `{"id":"c${id}","type":"function","function":{"name":"f","arguments":"{}"}}`;
const turnOf = (id) => `{"role":"assistant","content":"w","tool_calls":[${callOf(id)}]}`;
const resultOf = (id) => `{"role":"tool","tool_call_id":"c${id}","content":"r"}`;
const file = '{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQ="}}';
const nested = (text) => JSON.stringify(text);
const callWith = (text) =>
  `{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${text}}}]}`;

const CHAT = '/v1/chat/completions';
const BODIES = {
  'lists beyond the limit': [CHAT, chat(repeat('[]', 9_000_000))],
  'lists for messages': [CHAT, chat(repeat('[]', CONTAINERS))],
  'objects for messages': [CHAT, chat(repeat('{"role":"user"}', CONTAINERS))],
  'numbers for messages': [CHAT, chat(repeat('1', VALUES))],
  'messages of one role': [CHAT, chat(repeat(user, CONTAINERS))],
  'messages of two roles': [CHAT, chat(repeat(`${user},{"role":"assistant","content":"b"}`, CONTAINERS / 2))],
  'system messages': [CHAT, chat(`${repeat('{"role":"system","content":"a"}', CONTAINERS - 1)},${user}`)],
  'parts of one message': [
    CHAT,
    chat(`{"role":"user","content":[${repeat('{"type":"text","text":"a"}', CONTAINERS)}]}`),
  ],
  'files of one name': [CHAT, chat(`{"role":"user","content":[${repeat(file, 15_000)}]}`)],
  'calls of one message': [
    CHAT,
    chat(`${user},{"role":"assistant","tool_calls":[${each(14_000, callOf)}]},${each(14_000, resultOf)}`, tools),
  ],
  'calls of one turn': [CHAT, chat(`${user},${each(9_000, turnOf)},${each(9_000, resultOf)}`, tools)],
  'calls of one id': [CHAT, chat(`${user},${repeat(`${turnOf(1)},${resultOf(1)}`, 9_000)}`, tools)],
  'deep arguments': [
    CHAT,
    chat(`${user},${callWith(nested('{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)))},${resultOf(1)}`, tools),
  ],
  'long arguments': [CHAT, chat(`${user},${callWith(nested(`[${repeat('[]', 8_000_000)}]`))},${resultOf(1)}`, tools)],
  'a deep schema': [
    CHAT,
    chat(
      user,
      `,"tools":[{"type":"function","function":{"name":"f","parameters":{"x":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}}}]`,
    ),
  ],
  'unknown fields': [CHAT, chat(user, `,${each(VALUES - 1_000, (at) => `"k${at}":1`)}`)],
  'texts to embed': ['/v1/embeddings', `{"model":"amazon.titan-embed-text-v2:0","input":[${repeat('"a"', VALUES)}]}`],
  'tokens to complete': ['/v1/completions', `{"model":"${MODEL}","prompt":[${repeat('1', VALUES)}]}`],
};

const atOnce = Number(process.argv[2] ?? 24);
const stops = new Stops();
let holds = true;
try {
  const upstream = await startUpstream(stops);
  const gateway = await startGateway(upstream.url, { flags: LOOP_PROBE, env: { REQUEST_MEMORY_MB: MEMORY_MB } }, stops);
  const rows = {};
  for (const [name, [path, body]] of Object.entries(BODIES)) rows[name] = await measure(gateway, path, body);
  console.table(rows);
  holds = Object.values(rows).every(
    ({ status, 'longest turn, CPU ms': turn }) => status < 500 && turn <= TURN_CPU_MS_MAX,
  );

  const control = await startGateway(upstream.url, { env: { REQUEST_MEMORY_MB: '1000000' } }, stops);
  const stranger = { ...gateway, key: `sk-${'x'.repeat(36)}` };
  const [ofStranger, bounded, unbounded] = [await flood(stranger), await flood(gateway), await flood(control)];
  console.table({ 'of a stranger': ofStranger, 'of a known key': bounded, 'control, without a bound': unbounded });
  const isBounded = ({ peak }) => peak <= RESIDENT_MB_MAX;
  holds &&= isBounded(ofStranger) && isBounded(bounded) && !isBounded(unbounded);
} finally {
  await stops.run();
}
process.exit(holds ? 0 : 1);

async function measure({ pid, folder, url, key }, path, body) {
  await longestTurnOf(pid, folder);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body });
  await answer.text();
  const { cpuMs } = await longestTurnOf(pid, folder);
  return {
    MB: Number((body.length / 1e6).toFixed(1)),
    status: answer.status,
    'longest turn, CPU ms': Math.round(cpuMs),
  };
}

/** The largest bodies at once: how they were answered, and the peak of resident memory in MB. */
async function flood({ pid, url, key }) {
  const content = 'Hello there! '.repeat(LARGE_BYTES / 13);
  const body = Buffer.from(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }] }));
  const statuses = await Promise.all(Array.from({ length: atOnce }, () => send(url + CHAT, key, body)));
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024;
  const count = (wanted) => statuses.filter((status) => status === wanted).length;
  return { 200: count(200), 401: count(401), 503: count(503), 'no answer': count(0), peak: Math.round(peak) };
}

function send(url, key, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve) => {
    const call = request(url, { method: 'POST', agent: false, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
      answer.on('error', () => resolve(0));
    });
    call.on('error', () => resolve(0));
    call.end(body);
  });
}
