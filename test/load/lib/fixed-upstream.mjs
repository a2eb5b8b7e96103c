// A Bedrock that answers with fixed bytes, as a process of its own, so that what is measured is whoever asks it.
// What it answers depends on `maxTokens` alone: so many chunks in a stream. Every answer begins after as many milliseconds
// as the first argument says. It writes `port N` when it listens.
import { createServer } from 'node:net';
import { encodeEvent } from '../../../dist/sandbox/framing/event-stream.js';

/** A stream with this limit is held open after its first chunk, until the parent sends `{ release: chunks }`. */
const HELD = 7_777;
/** A stream with this limit has so many words, so far apart. */
const PACED = 8_888;
const PACED_WORDS = 16;
const PACE_MS = 500;
const delayMs = Number(process.argv[2] ?? 0);
const REQUEST_ID = 'x-amzn-requestid: 0b1c2d3e-0000-4000-8000-000000000000\r\n';
const p = 'abcdefghijklmnopqrstuvwxyz';
const usage = { inputTokens: 12, outputTokens: 20, totalTokens: 32 };
const delta = { text: ' some words' };

const whole = toAnswer({
  metrics: { latencyMs: 200 },
  output: { message: { role: 'assistant', content: [{ text: 'Hello! How can I help you today?' }] } },
  stopReason: 'end_turn',
  usage,
});
/** For peers that cannot be pointed at a Bedrock elsewhere. */
const openAi = toAnswer({
  id: 'chatcmpl-0',
  object: 'chat.completion',
  created: 0,
  model: 'fixed',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello! How can I help?' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 20, total_tokens: 32 },
});

const streamHead = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n${REQUEST_ID}\r\n`,
);
const start = toChunk('messageStart', { p, role: 'assistant' });
const word = toChunk('contentBlockDelta', { contentBlockIndex: 0, delta, p });
const end = [
  toChunk('contentBlockStop', { contentBlockIndex: 0, p }),
  toChunk('messageStop', { stopReason: 'end_turn', p }),
  toChunk('metadata', { metrics: { latencyMs: 200 }, usage, p }),
  Buffer.from('0\r\n\r\n'),
];
const held = new Set();
let asked = 0;

function toAnswer(value) {
  const json = JSON.stringify(value);
  const head = `content-type: application/json\r\n${REQUEST_ID}content-length: ${json.length}\r\n\r\n`;
  return Buffer.from(`HTTP/1.1 200 OK\r\n${head}${json}`);
}

function toChunk(type, value) {
  const frame = encodeEvent(type, value);
  return Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from('\r\n')]);
}

function answer(socket, head, limit) {
  // A replica that is asked whether it is ready looks whether anybody answers here, which is no call.
  if (head.startsWith('POST ')) asked += 1;
  if (!head.includes('/converse-stream')) {
    socket.write(head.includes('/chat/completions') ? openAi : whole);
    return;
  }
  for (const part of [streamHead, start]) socket.write(part);
  if (limit === HELD) {
    socket.write(word);
    held.add(socket);
    return;
  }
  if (limit === PACED) {
    pace(socket);
    return;
  }
  for (let sent = 0; sent < limit; sent += 1) socket.write(word);
  for (const part of end) socket.write(part);
}

function pace(socket) {
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    socket.write(word);
    if (sent < PACED_WORDS && !socket.destroyed) return;
    clearInterval(timer);
    for (const part of end) socket.write(part);
  }, PACE_MS);
}

const server = createServer((socket) => {
  let parts = [];
  let missing = -1;
  let head = '';
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.once('close', () => held.delete(socket));
  socket.on('data', (data) => {
    parts.push(data);
    if (missing < 0) {
      const text = Buffer.concat(parts).toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      head = text.slice(0, headEnd);
      missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - (text.length - headEnd - 4);
    } else missing -= data.length;
    if (missing > 0) return;
    // The limits of a request are written after its messages.
    const tail = Buffer.concat(parts.slice(-2)).subarray(-2_000).toString('latin1');
    parts = [];
    missing = -1;
    const limit = Number(/"max_?[tT]okens":(\d+)/.exec(tail)?.[1] ?? 0);
    if (delayMs === 0) answer(socket, head, limit);
    else setTimeout(answer, delayMs, socket, head, limit);
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  process.stdout.write(`port ${server.address().port}\n`);
});

process.on('message', ({ release, count }) => {
  if (count) {
    process.send({ asked });
    return;
  }
  const words = Buffer.concat(Array.from({ length: release }, () => word));
  for (const socket of held) for (const part of [words, ...end]) socket.write(part);
  held.clear();
});
process.once('disconnect', () => process.exit(0));
