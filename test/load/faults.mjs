// What users see while Bedrock fails in each of its ways, under load, with each transport; and what is left afterwards:
// sockets, reservations, intents, and the time until all is well again. Fails where a promise is broken, and where the
// control, a gateway without a budget of retries, does not break one. Loopback only; ends by itself.
// npm run build && node test/load/faults.mjs [transports: lean,sdk] [seconds a fault] [names of faults]
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { administer, ask, keepAsking, metricOf } from './lib/chat-client.mjs';
import { startDatabase } from './lib/database.mjs';
import { findFreePort, start, startGateway, Stops } from './lib/processes.mjs';

const CLIENTS = 16;
const PAUSE_MS = 20;
const RECOVERY_MS_MAX = 5_000;
/** So long without a failure, and all is well again. */
const WELL_MS = 2_000;
/** Beside those that carry the clients' requests: lists of models and checks of health. */
const OTHER_SOCKETS = 8;
/** Lent retries of an idle process. */
const RETRIES_LENT = 5;
/** Node's own length of the queue of connections that wait to be accepted. */
const BACKLOG = 511;
const ALWAYS = 1_000_000;
const TIMEOUTS = {
  AWS_CONNECT_TIMEOUT_MS: '500',
  AWS_FIRST_BYTE_TIMEOUT_MS: '1500',
  AWS_IDLE_TIMEOUT_MS: '1500',
};

const scripted = (behaviour) => ({
  begin: (upstream) => upstream.script([{ ...behaviour, times: ALWAYS }]),
  end: (upstream) => upstream.script(null),
});
const throttled = scripted({ fault: { kind: 'error', name: 'ThrottlingException' } });

/** What is done to the upstream, and which statuses may follow. `cut`: streams that have begun may end with an error. */
const FAULTS = {
  none: { ...scripted({}), statuses: [200] },
  throttling: { ...throttled, statuses: [429] },
  'one in five fails': {
    begin: (upstream) =>
      upstream.script(
        Array.from({ length: 2_000 }, () => [
          { fault: { kind: 'error', name: 'InternalServerException' } },
          { times: 4 },
        ]).flat(),
      ),
    end: (upstream) => upstream.script(null),
    statuses: [200, 502],
  },
  'latency of 30 s': { ...scripted({ headersDelayMs: 30_000 }), statuses: [503, 504] },
  'late first byte': { ...scripted({ headersDelayMs: 700 }), statuses: [200] },
  'late first event': { ...scripted({ fault: { kind: 'stall', ms: 30_000 } }), statuses: [200, 503, 504] },
  'silence in the middle': {
    ...scripted({ chunks: 6, fault: { kind: 'stall', afterEvents: 3, ms: 30_000 } }),
    statuses: [200, 503, 504],
    cut: true,
  },
  'reset at once': { ...scripted({ fault: { kind: 'reset' } }), statuses: [502, 503] },
  'reset in the middle': {
    ...scripted({ chunks: 6, fault: { kind: 'reset', afterEvents: 3 } }),
    statuses: [200, 502, 503],
    cut: true,
  },
  'one byte at a time': { ...scripted({ chunks: 4, writeBytes: 1 }), statuses: [200] },
  truncated: { ...scripted({ chunks: 6, fault: { kind: 'truncate', afterEvents: 3 } }), statuses: [200], cut: true },
  'bad checksum': { ...scripted({ chunks: 6, fault: { kind: 'bad-crc', atEvent: 3 } }), statuses: [200], cut: true },
  'answers no request': {
    begin: (upstream) => upstream.child.kill('SIGSTOP'),
    end: (upstream) => upstream.child.kill('SIGCONT'),
    statuses: [503, 504],
  },
  'answers no connection': {
    async begin(upstream) {
      upstream.child.kill('SIGSTOP');
      upstream.knocking = Array.from({ length: BACKLOG + 1 }, () => connect(upstream.port, '127.0.0.1'));
      for (const socket of upstream.knocking) socket.on('error', () => undefined);
      await wait(200);
    },
    async end(upstream) {
      for (const socket of upstream.knocking) socket.destroy();
      upstream.child.kill('SIGCONT');
      await upstream.script(null);
    },
    statuses: [503, 504],
  },
};

const [transports = 'lean,sdk', seconds = '3', only] = process.argv.slice(2);
const chosen = only === undefined ? Object.keys(FAULTS) : only.split(',');
const violations = [];
for (const transport of transports.split(',')) violations.push(...(await run(transport, chosen, {})));
const control = await run('lean', ['throttling'], { RETRY_BUDGET_PERCENT: '1000', BREAKER_FAILURES: '0' });
console.log(`Control without a budget of retries: ${control.join('; ') || 'NOTHING WAS FOUND'}`);
for (const violation of violations) console.log(`BROKEN: ${violation}`);
process.exit(violations.length === 0 && control.length > 0 ? 0 : 1);

/** The promises that were broken. */
async function run(transport, names, env) {
  const stops = new Stops();
  try {
    const upstream = await startSandbox(stops);
    const database = await startDatabase(stops);
    const settings = { DATABASE_URL: database.url, API_KEY_PEPPER: 'p'.repeat(32), BEDROCK_TRANSPORT: transport };
    const all = { AWS_ENDPOINT_URL_BEDROCK: upstream.url, LOG_LEVEL: 'fatal', ...settings, ...TIMEOUTS, ...env };
    const gateway = await startGateway(upstream.url, { env: all, connections: CLIENTS }, stops);
    const { data } = await administer(gateway, 'GET', '/admin/v1/tenants');
    const tenant_id = data[0].id;
    const budget = { name: 'all', window: 'month', tenant_id, limit_usd: '100000.00' };
    await administer(gateway, 'POST', '/admin/v1/budgets', budget);
    // One more at the same time is refused: a hold that is not given back is soon seen.
    await administer(gateway, 'POST', '/admin/v1/limits', { tenant_id, kind: 'concurrent_requests', limit: CLIENTS });
    await ask(gateway);
    const rows = {};
    const broken = [];
    const total = { requests: 0, attempts: 0 };
    for (const name of names) {
      const { row, wrong } = await suffer(name, gateway, upstream, database.client, total);
      rows[name] = row;
      broken.push(...wrong.map((text) => `${transport}, ${name}: ${text}`));
    }
    console.log(
      `\nBEDROCK_TRANSPORT=${transport} ${Object.entries(env)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')}`,
    );
    console.table(rows);
    return broken;
  } finally {
    await stops.run();
  }
}

async function suffer(name, gateway, upstream, client, total) {
  const fault = FAULTS[name];
  const eventsBefore = await count(client, 'usage_events');
  const seen = { answers: {}, requests: 0, attempts: 0, unwhole: 0 };
  const wrong = new Set();
  await fault.begin(upstream);
  const overAt = performance.now() + Number(seconds) * 1_000;
  await keepAsking(
    gateway,
    { clients: CLIENTS, isOver: () => performance.now() > overAt, pauseMs: PAUSE_MS },
    (answer) => {
      note(seen, answer);
      if (!fault.statuses.includes(answer.status) && !isOverload(answer))
        wrong.add(`an answer was ${answer.status} ${answer.text.slice(0, 200)}`);
      if (answer.whole === answer.failed)
        wrong.add(`an answer was neither whole nor failed, or both: ${answer.text.slice(-200)}`);
      if (answer.status === 200 && answer.failed && !fault.cut) wrong.add('a stream ended with an error');
    },
  );
  await fault.end(upstream);
  const during = { ...seen };
  total.requests += during.requests;
  total.attempts += during.attempts;
  const recoveryMs = await recover(gateway, seen);
  await settled(gateway);
  const left = await leftOf(client);
  const events = (await count(client, 'usage_events')) - eventsBefore;
  const sockets = socketsTo(gateway.pid, upstream.port);

  // What requests before have earned may be spent now.
  if (total.attempts > 1.1 * total.requests + RETRIES_LENT)
    wrong.add(`${total.attempts} attempts for ${total.requests} requests so far`);
  if (recoveryMs > RECOVERY_MS_MAX) wrong.add(`well again only after ${recoveryMs} ms`);
  if (left !== 0) wrong.add(`${left} reservations, intents or reserved amounts are left`);
  if (events !== seen.attempts) wrong.add(`${events} events for ${seen.attempts} attempts`);
  if (sockets > CLIENTS + OTHER_SOCKETS) wrong.add(`${sockets} sockets are left open`);
  const row = {
    answers: Object.entries(during.answers)
      .map(([status, times]) => `${status}×${times}`)
      .join(' '),
    'cut streams': during.unwhole,
    'attempts a request': (during.attempts / during.requests).toFixed(2),
    'events = attempts': events === seen.attempts,
    'sockets after': sockets,
    'holds after': left,
    'well after ms': Math.round(recoveryMs),
  };
  return { row, wrong: [...wrong] };
}

/** On a machine that others use, too, the gateway may have to say so. */
function isOverload({ text }) {
  return text.includes('"code":"overloaded"');
}

function note(seen, { status, attempts, whole }) {
  seen.answers = { ...seen.answers, [status]: (seen.answers[status] ?? 0) + 1 };
  seen.requests += 1;
  seen.attempts += attempts;
  if (status === 200 && !whole) seen.unwhole += 1;
}

/** Milliseconds from the end of the fault to the begin of the last request that failed. */
async function recover(gateway, seen) {
  const endedAt = performance.now();
  let failedAt = endedAt;
  let tries = 0;
  const isOver = () =>
    (tries > CLIENTS && performance.now() - failedAt > WELL_MS) || performance.now() - endedAt > 2 * RECOVERY_MS_MAX;
  await keepAsking(gateway, { clients: CLIENTS, isOver, pauseMs: 4 * PAUSE_MS }, (answer, startedAt) => {
    tries += 1;
    note(seen, answer);
    if (!answer.whole) failedAt = Math.max(failedAt, startedAt);
  });
  return failedAt - endedAt;
}

/** Waits until no call to Bedrock is open and the ledger has written all. */
async function settled(gateway) {
  for (const name of ['gateway_upstream_in_flight', 'gateway_ledger_records_waiting']) {
    for (let tries = 0; (await metricOf(gateway, name)) > 0; tries += 1) {
      if (tries > 200) throw new Error(`${name} does not go back to 0`);
      await wait(50);
    }
  }
}

async function count(client, table) {
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0].count;
}

async function leftOf(client) {
  const { rows } = await client.query('SELECT count(*)::int AS count FROM budget_windows WHERE reserved <> 0');
  return rows[0].count + (await count(client, 'reservations')) + (await count(client, 'usage_intents'));
}

/** Open connections of a process to a port of this machine. Linux only. */
function socketsTo(pid, port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[2]?.endsWith(`:${hex}`))
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const known = new Set(inodes);
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return known.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

async function startSandbox(stops) {
  const port = await findFreePort();
  const command = [process.execPath, 'dist/sandbox/main.js', '--port', String(port)];
  const { child } = await start(command, {}, /Bedrock sandbox/, stops);
  const url = `http://127.0.0.1:${port}`;
  // A process that is stopped cannot be told to end.
  stops.add(() => child.kill('SIGCONT'));
  const post = (path, body) => fetch(url + path, { method: 'POST', body: body && JSON.stringify(body) });
  /** From here on these behaviours; null: as usual. */
  const script = async (behaviours) => {
    await post('/sandbox/reset');
    if (behaviours !== null) await post('/sandbox/script', behaviours);
  };
  return { child, port, url, script };
}
