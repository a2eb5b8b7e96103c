import { execFileSync, spawnSync } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { findRunningUrl } from '../../src/database/embedded/embedded-postgres.js';
import { createTestDatabase } from '../support/database.js';
import { findFreePort, makeDataDir, processesOn, runToFailure, startProcess, stopAll } from '../support/process.js';
import { until } from '../support/until.js';

afterEach(stopAll);

const ADMIN_KEY = /ak-[A-Za-z0-9]{20,}/;
const TENANT_KEY = /sk-[A-Za-z0-9]{20,}/;
const PEPPER = 'p'.repeat(32);
/** An ErrorResponse: https://www.postgresql.org/docs/18/protocol-message-formats.html */
const RECOVERING = toErrorResponse('SFATAL\0C57P03\0Mthe database system is starting up\0\0');

function toErrorResponse(fields: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + length.length);
  return Buffer.concat([Buffer.from('E'), length, Buffer.from(fields)]);
}

function curlLine(stdout: string): string {
  return stdout.split('\n').find((line) => line.startsWith('curl ')) ?? '';
}

async function countEvents(dataDir: string): Promise<number> {
  const client = new Client({ connectionString: await findRunningUrl(dataDir) });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM usage_events');
    return rows[0]?.count ?? -1;
  } finally {
    await client.end();
  }
}

describe('the first start', () => {
  it('prints both keys and a curl line that works', async () => {
    const gateway = await startProcess({ DATA_DIR: makeDataDir() });
    expect(gateway.stdout()).toMatch(ADMIN_KEY);
    expect(gateway.stdout()).toMatch(TENANT_KEY);
    expect(gateway.stdout()).toMatch(/SANDBOX/);
    const answer: unknown = JSON.parse(execFileSync('sh', ['-c', curlLine(gateway.stdout())], { encoding: 'utf8' }));
    expect(answer).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: expect.stringContaining('Hello!') } }],
    });
  });

  it('keeps its secrets from other users', async () => {
    const dataDir = makeDataDir();
    await startProcess({ DATA_DIR: dataDir });
    for (const file of ['api-key-pepper', 'postgres/password', 'postgres/postgres.log']) {
      expect([file, statSync(path.join(dataDir, file)).mode & 0o077]).toEqual([file, 0]);
    }
    const withWrongPassword = (await findRunningUrl(dataDir)).replace(/:[^:@]*@/, ':guess@');
    await expect(new Client({ connectionString: withWrongPassword }).connect()).rejects.toThrow(
      'password authentication failed',
    );
  });
});

describe('a later start', () => {
  it('has the same data and prints no key', async () => {
    const dataDir = makeDataDir();
    const first = await startProcess({ DATA_DIR: dataDir });
    const call = curlLine(first.stdout());
    await first.kill('SIGTERM');
    const second = await startProcess({ DATA_DIR: dataDir });
    expect(second.stdout()).not.toMatch(ADMIN_KEY);
    expect(second.stdout()).not.toMatch(TENANT_KEY);
    const again = call.replace(first.url.replace('127.0.0.1', 'localhost'), second.url).replace(first.url, second.url);
    expect(execFileSync('sh', ['-c', again], { encoding: 'utf8' })).toContain('chat.completion');
  });

  it('finds the event of an answer that was given right before a kill -9', async () => {
    const dataDir = makeDataDir();
    const first = await startProcess({ DATA_DIR: dataDir });
    execFileSync('sh', ['-c', curlLine(first.stdout())]);
    await first.kill('SIGKILL');
    expect(processesOn(dataDir)).not.toEqual([]);
    const second = await startProcess({ DATA_DIR: dataDir });
    expect(await countEvents(dataDir)).toBe(1);
    await second.kill('SIGTERM');
    await until(() => processesOn(dataDir).length === 0, 'the PostgreSQL that was taken over has stopped');
  });

  it('replaces the process id that a crash of the machine left behind', async () => {
    const dataDir = makeDataDir();
    const first = await startProcess({ DATA_DIR: dataDir });
    await first.kill('SIGKILL');
    for (const pid of processesOn(dataDir)) process.kill(pid, 'SIGKILL');
    await until(() => processesOn(dataDir).length === 0, 'PostgreSQL is dead');
    // The id of this very process: alive, and not a PostgreSQL.
    const file = path.join(dataDir, 'postgres/data/postmaster.pid');
    execFileSync('sed', ['-i', `1s/.*/${process.pid}/`, file]);
    const second = await startProcess({ DATA_DIR: dataDir });
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
  });
});

describe('a data folder that the database user cannot enter', () => {
  const isRoot = process.getuid?.() === 0;

  it('is replaced by one elsewhere, which later starts find again', async () => {
    const dataDir = makeDataDir(0o700);
    const first = await startProcess({ DATA_DIR: dataDir });
    execFileSync('sh', ['-c', curlLine(first.stdout())]);
    expect(lstatSync(path.join(dataDir, 'postgres')).isSymbolicLink()).toBe(isRoot);
    await first.kill('SIGTERM');
    await startProcess({ DATA_DIR: dataDir });
    expect(await countEvents(dataDir)).toBe(1);
  });
});

describe('SIGTERM', () => {
  it('ends everything that was started, with exit code 0', async () => {
    const dataDir = makeDataDir();
    const gateway = await startProcess({ DATA_DIR: dataDir });
    expect(await gateway.kill('SIGTERM')).toBe(0);
    expect(processesOn(dataDir)).toEqual([]);
    expect(gateway.stderr()).toBe('');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('reaches the gateway through npm start (%s)', async (signal) => {
    const dataDir = makeDataDir();
    const gateway = await startProcess({ DATA_DIR: dataDir }, { command: ['npm', 'start', '--silent'] });
    await gateway.kill(signal);
    await until(() => processesOn(dataDir).length === 0, 'PostgreSQL has stopped');
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('a start that cannot succeed', () => {
  it('lists every wrong setting', async () => {
    const { code, stdout, stderr } = await runToFailure({ PORT: 'eighty', BODY_LIMIT_MB: '0' });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'The settings are wrong:\n' +
        '  PORT must be a whole number from 0 to 65535\n' +
        '  BODY_LIMIT_MB must be a whole number from 1 to 200\n',
    });
  });

  it('names a port in use, and starts no database for it', async () => {
    const dataDir = makeDataDir();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runToFailure({ PORT: String(port), DATA_DIR: dataDir });
    await new Promise((resolve) => server.close(resolve));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Port ${port} is already in use. Stop what listens there, or set PORT to another one.\n`,
    });
    expect(spawnSync('test', ['-e', dataDir]).status).toBe(1);
  });

  it('names a database that does not answer, without its password', async () => {
    const databaseUrl = `postgresql://someone:hunter2@127.0.0.1:${await findFreePort()}/gateway`;
    const env = { PORT: '0', DATABASE_URL: databaseUrl, API_KEY_PEPPER: PEPPER, DATABASE_START_WAIT_MS: '0' };
    const { code, stderr } = await runToFailure(env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database of DATABASE_URL cannot be used: connect ECONNREFUSED .*\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  it('leaves the database of another gateway alone', async () => {
    const dataDir = makeDataDir();
    const gateway = await startProcess({ DATA_DIR: dataDir });
    const { code, stderr } = await runToFailure({ PORT: '0', DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Another gateway is running on the data folder .*\n$/);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });
});

describe('DATABASE_URL', () => {
  it('is migrated and used, and nothing embedded is started', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const dataDir = makeDataDir();
    const gateway = await startProcess({ DATA_DIR: dataDir, DATABASE_URL: database.url, API_KEY_PEPPER: PEPPER });
    execFileSync('sh', ['-c', curlLine(gateway.stdout())]);
    const { rows } = await client.query('SELECT count(*)::int AS count FROM usage_events');
    expect(rows).toEqual([{ count: 1 }]);
    expect(spawnSync('test', ['-e', path.join(dataDir, 'postgres')]).status).toBe(1);
    await gateway.kill('SIGTERM');
    await client.end();
    await database.close();
  });
});

describe('a database that is not there yet', () => {
  it('is waited for while it breaks connections and while it recovers', async () => {
    const database = await createTestDatabase();
    const { hostname, port } = new URL(database.url);
    const answers = [(socket: Socket) => void socket.destroy(), (socket: Socket) => void socket.end(RECOVERING)];
    const passOn = (socket: Socket) => {
      const there = connect(Number(port), hostname).on('error', () => socket.destroy());
      socket.pipe(there).pipe(socket);
    };
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      (answers.shift() ?? passOn)(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = Object.assign(new URL(database.url), { port: (server.address() as AddressInfo).port });
    const env = { DATABASE_URL: url.href, API_KEY_PEPPER: PEPPER, DATA_DIR: makeDataDir() };
    const gateway = await startProcess(env);
    expect(answers).toEqual([]);
    const told = gateway
      .stdout()
      .split('\n')
      .find((line) => line.includes('The database cannot be reached; waiting for it'));
    expect(JSON.parse(told ?? '')).toMatchObject({ level: 'warn', context: 'Database' });
    await gateway.kill('SIGTERM');
    server.close();
    await database.close();
  });
});

describe('the log', () => {
  it('never holds a key or a prompt', async () => {
    const gateway = await startProcess({ DATA_DIR: makeDataDir(), LOG_LEVEL: 'debug' });
    const call = curlLine(gateway.stdout()).replace('Hello!', 'the-prompt');
    execFileSync('sh', ['-c', call]);
    await until(() => gateway.stdout().includes('"path":"/v1/chat/completions"'), 'the request is logged');
    const log = gateway
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .join('\n');
    expect(log).not.toContain('the-prompt');
    expect(log).not.toMatch(TENANT_KEY);
  });
});
