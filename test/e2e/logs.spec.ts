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
