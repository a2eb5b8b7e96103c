import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeDataDir, startProcess, stopAll } from '../support/process.js';
import { until } from '../support/until.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await stopAll();
  await database.close();
});

it('a log says what went wrong, and how', async () => {
  const gateway = await startProcess({
    DATA_DIR: makeDataDir(),
    DATABASE_URL: database.url,
    API_KEY_PEPPER: 'p'.repeat(32),
    AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9',
  });
  const key = /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
  await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const lines = () => gateway.stdout().split('\n');
  const failed = () => lines().find((line) => line.includes("Bedrock's list of foundation-models"));
  await until(() => failed() !== undefined, 'the failure to be logged');
  expect(JSON.parse(failed() ?? '')).toMatchObject({ err: { type: 'Error', code: 'ECONNREFUSED' } });
});

it('a log says what nobody has caught, and nothing of what hangs on it', async () => {
  const fault = 'Object.assign(new Error("broken"), { body: "the".concat(" prompt"), cause: "sk-".concat("secret") })';
  const hook = `process.on('SIGUSR2', () => Promise.reject(${fault}))`;
  const command = [process.execPath, '--import', `data:text/javascript,${hook}`, 'dist/main.js'] as const;
  const env = { DATA_DIR: makeDataDir(), DATABASE_URL: database.url, API_KEY_PEPPER: 'p'.repeat(32) };
  const gateway = await startProcess(env, { command });
  expect(await gateway.kill('SIGUSR2')).toBe(1);
  expect(JSON.parse(gateway.stdout().trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    level: 'fatal',
    err: { message: 'broken' },
    origin: 'unhandledRejection',
  });
  expect(gateway.stdout() + gateway.stderr()).not.toMatch(/the prompt|sk-secret/);
});
