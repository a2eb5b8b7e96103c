// Clients that ask at a given rate whether or not they are answered, as a process of its own. Arrivals are random
// (exponential gaps) and the same in each run. The parent sends `{ port, perSecond, forMs, connectionsMax, callers }`, each
// caller with the bytes of its request and its part of the arrivals; the answer are the times of every call, and how many
// were answered before the arrivals ended; and how late a call was sent at most.
import { connect } from 'node:net';
import { setPriority } from 'node:os';

const HEAD_END = '\r\n\r\n';
/** What has not been answered so long after the last arrival is given up. */
const PATIENCE_MS = 10_000;

try {
  // Who measures must not wait for what is measured. Only a privileged user may say so.
  setPriority(-10);
} catch {
  process.stderr.write('The clients run without priority.\n');
}
process.on('message', (load) => void run(load).then((result) => process.send(result)));
process.once('disconnect', () => process.exit(0));
process.stdout.write('ready\n');

function run({ port, perSecond, forMs, connectionsMax, callers }) {
  const requests = callers.map(({ bytes }) => Buffer.from(bytes, 'latin1'));
  const results = callers.map(() => ({ sent: 0, inTime: 0, accepted: [], refused: [], failed: 0 }));
  const random = generator(1);
  const { promise, resolve } = Promise.withResolvers();
  const idle = [];
  const open = new Set();
  const waiting = [];
  const startedAt = performance.now();
  let nextAt = startedAt;
  let pending = 0;
  let lateMs = 0;
  let isOver = false;

  const timer = setInterval(tick, 1);
  function tick() {
    const now = performance.now();
    while (nextAt <= now && nextAt < startedAt + forMs) {
      const caller = choose(callers, random());
      results[caller].sent += 1;
      lateMs = Math.max(lateMs, now - nextAt);
      pending += 1;
      send({ caller, dueAt: nextAt });
      nextAt += (-Math.log(1 - random()) * 1_000) / perSecond;
    }
    const isPast = now > startedAt + forMs;
    if (isPast && (pending === 0 || now > startedAt + forMs + PATIENCE_MS)) {
      clearInterval(timer);
      isOver = true;
      for (const socket of open) socket.destroy();
      resolve({ results, unanswered: pending, connections: open.size, lateMs });
    }
  }

  function send(call) {
    const socket = idle.pop() ?? (open.size < connectionsMax ? dial() : undefined);
    if (socket === undefined) waiting.push(call);
    else begin(socket, call);
  }

  function begin(socket, call) {
    socket.call = call;
    socket.write(requests[call.caller]);
  }

  function dial() {
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    let text = '';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (part) => {
      text += part;
      if (!isWhole(text)) return;
      const status = Number(text.slice(9, 12));
      const mustClose = /\r\nconnection: close/i.test(text);
      text = '';
      end(socket, status);
      if (mustClose) socket.destroy();
      else if (waiting.length > 0) begin(socket, waiting.shift());
      else idle.push(socket);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      const index = idle.indexOf(socket);
      if (index >= 0) idle.splice(index, 1);
      if (isOver) return;
      if (socket.call !== undefined) end(socket, 0);
      if (waiting.length > 0) send(waiting.shift());
    });
    return socket;
  }

  function end(socket, status) {
    const { caller, dueAt } = socket.call;
    const result = results[caller];
    const tookMs = performance.now() - dueAt;
    socket.call = undefined;
    pending -= 1;
    if (status === 200) {
      result.accepted.push(tookMs);
      if (performance.now() < startedAt + forMs) result.inTime += 1;
    }
    if (status === 503 || status === 429) result.refused.push(tookMs);
    else if (status !== 200) result.failed += 1;
  }

  return promise;
}

/** Whether the answer has come to its end. */
function isWhole(text) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return false;
  const head = text.slice(0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  if (length === null) return text.endsWith('\r\n0\r\n\r\n');
  return text.length >= headEnd + HEAD_END.length + Number(length[1]);
}

function choose(callers, point) {
  let left = point * callers.reduce((sum, { share }) => sum + share, 0);
  return Math.max(
    0,
    callers.findIndex(({ share }) => (left -= share) < 0),
  );
}

/** Numbers from 0 to 1 that only look random (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
