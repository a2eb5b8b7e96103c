// How long a long request keeps the gateway from everybody else: the longest turn of its event loop for each shape of
// input, one request at a time, against an upstream that answers with fixed bytes. Loopback only; ends by itself.
// npm run build && node test/load/long-inputs.mjs [requests of each shape: 15] [transport: lean] [profile folder]
import { median } from './lib/figures.mjs';
import { cpuMs, LOOP_PROBE, longestTurnOf, startGateway, startUpstream, Stops } from './lib/processes.mjs';

const MODEL = 'amazon.nova-lite-v1:0';
const MEGABYTE = 1_000_000;
const LIMIT_MS = 20;
const SENTENCE = 'The quick brown fox jumps over the lazy dog, and “Zwölf Boxkämpfer” follow. ';

const words = (bytes) => SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length)).slice(0, bytes);
const user = (content) => ({ role: 'user', content });
const messages = (count, each) =>
  Array.from({ length: count }, (_, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: each(at) }));
const image = (bytes) => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${pngOf(bytes).toString('base64')}` },
});
const tool = (at, bytes) => ({
  type: 'function',
  function: {
    name: `tool_${at}`,
    description: words(bytes / 2),
    parameters: { type: 'object', properties: { a: { type: 'string', description: words(bytes / 2) } } },
  },
});
const largeTool = (at, properties) => ({
  type: 'function',
  function: {
    name: `large_${at}`,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: properties }, (_, number) => [
          `field_${number}`,
          { type: 'string', description: words(50) },
        ]),
      ),
    },
  },
});
const calls = (count, bytes) =>
  Array.from({ length: count }, (_, at) => [
    user('go on'),
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: `call_${at}`,
          type: 'function',
          function: { name: 'tool_0', arguments: JSON.stringify({ a: words(bytes / 2) }) },
        },
      ],
    },
    { role: 'tool', tool_call_id: `call_${at}`, content: words(bytes / 2) },
  ]).flat();

const SHAPES = {
  'a word': { messages: [user('Hello!')] },
  '1 MB in 1 message': { messages: [user(words(MEGABYTE))] },
  '1 MB in 1,001 messages': { messages: messages(1_001, () => words(MEGABYTE / 1_001)) },
  '1 MB in 10,001 messages': { messages: messages(10_001, () => words(MEGABYTE / 10_001)) },
  '1 MB in 100 tools': { messages: [user('Hello!')], tools: Array.from({ length: 100 }, (_, at) => tool(at, 10_000)) },
  '1 MB in 10 tools of 1,000 fields': {
    messages: [user('Hello!')],
    tools: Array.from({ length: 10 }, (_, at) => largeTool(at, 1_000)),
  },
  '1 MB in 5,000 parts of a message': {
    messages: [user(Array.from({ length: 5_000 }, () => ({ type: 'text', text: words(MEGABYTE / 5_000) })))],
  },
  '1 MB in 300 calls': { messages: [...calls(300, 3_300), user('Hello!')], tools: [tool(0, 100)] },
  'an image of 3.75 MB': { messages: [user([{ type: 'text', text: 'What is it?' }, image(3.74 * MEGABYTE)])] },
};

const [requests = '15', transport = 'lean', profiles] = process.argv.slice(2);
const stops = new Stops();
let holds = true;
try {
  const upstream = await startUpstream(stops);
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const options = { flags: [...LOOP_PROBE, ...profiling], env: { BEDROCK_TRANSPORT: transport, LOG_LEVEL: 'fatal' } };
  const gateway = await startGateway(upstream.url, options, stops);
  const rows = {};
  for (const [name, shape] of Object.entries(SHAPES)) {
    const body = JSON.stringify({ model: MODEL, max_tokens: 50, ...shape });
    for (let warm = 0; warm < 5; warm += 1) await send(gateway, body);
    await longestTurnOf(gateway.pid, gateway.folder);
    const turns = [];
    const before = cpuMs(gateway.pid);
    for (let sent = 0; sent < Number(requests); sent += 1) {
      await send(gateway, body);
      turns.push(await longestTurnOf(gateway.pid, gateway.folder));
    }
    const cpu = median(turns.map((turn) => turn.cpuMs));
    holds &&= cpu <= LIMIT_MS;
    rows[name] = {
      KB: Math.round(body.length / 1_000),
      'longest turn, CPU ms': cpu.toFixed(1),
      'as waited for, ms': median(turns.map(({ waitMs }) => waitMs)).toFixed(1),
      'CPU ms a request': ((cpuMs(gateway.pid) - before) / Number(requests)).toFixed(1),
    };
  }
  console.table(rows);
} finally {
  await stops.run();
}
process.exit(holds ? 0 : 1);

async function send({ pool, key }, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
}

/** A picture's first bytes and then anything: nobody looks further. */
function pngOf(bytes) {
  const png = Buffer.alloc(Math.floor(bytes), 'x');
  Buffer.from('89504e470d0a1a0a0000000d4948445200000010000000100806000000', 'hex').copy(png);
  return png;
}
