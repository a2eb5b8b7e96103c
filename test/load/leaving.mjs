// Whether clients that leave are metered: 2,000 streams, each cut at a random byte by its client. The metered tokens must be
// those of the sandbox's journal, and no socket may be left. The control does not read on what nobody reads, and must be
// found out.
// npm run build && node test/load/leaving.mjs [streams]
import { readdirSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { inParallel } from '../support/chat-traffic.ts';
import { conclude, createTenant, proveLedger, query, startHouse } from './lib/house.mjs';
import { Stops } from './lib/processes.mjs';

const STREAMS = Number(process.argv[2] ?? 2_000);
const AT_ONCE = 40;
const WHOLE_WITHIN_MS = 30_000;
/** Longer than the gateway keeps idle connections to Bedrock. */
const SOCKETS_GONE_WITHIN_MS = 90_000;
const BEHAVIOUR = { chunks: 40, delayMs: 5 };

const proof = await run('leaving', STREAMS, {});
const control = await run('control', Math.min(STREAMS, 200), { STREAM_DRAIN_MS: '0' });
conclude([proof, control], [...judge(proof), ...(isExact(control) ? ['the control metered everything'] : [])]);

async function run(name, streams, env) {
  const stops = new Stops();
  try {
    const house = await startHouse({ replicas: 1, env }, stops);
    const { replicas, sandbox } = house;
    const { key } = await createTenant(replicas[0], 'leaving');
    const wholeBytes = (await read(replicas[0], key, Number.POSITIVE_INFINITY)).bytes;
    const before = await socketsWhenIdle(replicas[0]);
    let cut = 0;
    await inParallel(streams, AT_ONCE, async () => {
      const { isCut } = await read(replicas[0], key, Math.floor(Math.random() * wholeBytes));
      if (isCut) cut += 1;
    });
    const { violations, seconds, ...comparison } = await proveLedger(house, WHOLE_WITHIN_MS);
    const left = await socketsLeft(replicas[0], before);
    const [journal, ledger] = [sum(await sandbox.journal()), await meteredTokens(house)];
    return {
      name,
      streams,
      cut,
      ...comparison,
      'usage unknown': ledger.unknown,
      'tokens generated': journal,
      'tokens metered': ledger.tokens,
      'sockets before': before,
      'sockets left': left,
      'whole after s': seconds,
      violations: JSON.stringify(violations),
    };
  } finally {
    await stops.run();
  }
}

/** Reads so many bytes of a stream and goes: with a reset or with an orderly end, as chance will have it. */
function read({ url }, key, bytesMax) {
  const body = JSON.stringify({
    model: 'amazon.nova-lite-v1:0',
    stream: true,
    max_tokens: 200,
    messages: [{ role: 'user', content: `Say something. [[sandbox: ${JSON.stringify(BEHAVIOUR)}]]` }],
  });
  const { hostname, port } = new URL(url);
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n`;
  return new Promise((resolve) => {
    let bytes = 0;
    let isCut = false;
    const socket = connect(Number(port), hostname);
    const leave = () => {
      isCut = true;
      if (Math.random() < 0.5) socket.resetAndDestroy();
      else socket.destroy();
    };
    socket.once('connect', () => {
      socket.write(`${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => {
        if (bytesMax === 0) leave();
      });
    });
    socket.on('data', (data) => {
      bytes += data.length;
      if (bytes >= bytesMax) leave();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve({ bytes, isCut }));
  });
}

/** Sockets of the gateway to clients and to Bedrock, and of its listening; those to PostgreSQL come and go as they will. */
async function socketsWhenIdle(replica) {
  await wait(2_000);
  return countSockets(replica);
}

async function socketsLeft(replica, before) {
  const deadline = performance.now() + SOCKETS_GONE_WITHIN_MS;
  while (countSockets(replica) > before && performance.now() < deadline) await wait(500);
  return Math.max(0, countSockets(replica) - before);
}

function countSockets({ pid }) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith('socket:')).length;
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function sum(journal) {
  return journal.reduce((total, { usage }) => total + (usage ? usage.inputTokens + usage.outputTokens : 0), 0);
}

function meteredTokens({ postgres }) {
  return query(postgres.url, async (client) => {
    const { rows } = await client.query(
      `SELECT coalesce(sum(input_tokens + output_tokens), 0)::integer AS tokens,
         count(*) FILTER (WHERE NOT usage_reported)::integer AS unknown FROM usage_events`,
    );
    return rows[0];
  });
}

function isExact(row) {
  return row['usage unknown'] === 0 && row['tokens generated'] === row['tokens metered'];
}

function judge(row) {
  const wrong = row.lost + row.doubled + row.different + row.estimated + row.unsent;
  return [
    ...(row.cut > row.streams / 2 ? [] : ['most streams ended before they were cut']),
    ...(wrong === 0 && isExact(row) ? [] : ['what was metered is not what the journal says']),
    ...(row['sockets left'] === 0 ? [] : [`${row['sockets left']} sockets were left`]),
    ...(row.violations === '{}' ? [] : [`after 30 s: ${row.violations}`]),
  ];
}
