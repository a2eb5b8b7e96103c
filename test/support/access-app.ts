import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/create-app.js';
import { waitUpTo } from '../../src/database/when-reachable.js';
import { FirstRun, type FirstCredentials } from '../../src/admin/first-run.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { testConfig } from './config.js';

/** An answer of the app. */
export interface Answer {
  status: number;
  headers: Headers;
  // The tests look into bodies of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface Call {
  key?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The whole app on a database of its own, with the credentials of its first start. */
export interface AccessApp extends FirstCredentials {
  app: NestExpressApplication;
  database: TestDatabase;
  baseUrl: string;
  /** Calls as the owner unless `key` says otherwise; null sends no credential. */
  call(method: string, path: string, options?: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Nothing listens there: what these tests ask of the data plane never reaches Bedrock. */
const NO_BEDROCK = {
  AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9',
};

/** Starts the app on `given`, on the one of `shared`, or on a new one that is dropped with it. */
export async function startAccessApp(
  env: NodeJS.ProcessEnv = {},
  shared?: AccessApp,
  given?: TestDatabase,
): Promise<AccessApp> {
  const database = given ?? shared?.database ?? (await createTestDatabase());
  Logger.overrideLogger(false);
  // What two applications of one process wrote side by side each would take for what an earlier process has left.
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  const app = await createApp(testConfig(database.url, { ...NO_BEDROCK, DATA_DIR: folder, ...env }));
  await app.listen(0, '127.0.0.1');
  const credentials = shared ?? (await app.get(FirstRun).create(waitUpTo(0)));
  if (!credentials) throw new Error('the database was not new');
  const { adminKey, tenantId, tenantKey } = credentials;
  const baseUrl = await app.getUrl();
  return {
    app,
    database,
    baseUrl,
    adminKey,
    tenantId,
    tenantKey,
    async call(method, path, { key = adminKey, body, headers = {} } = {}) {
      const response = await fetch(baseUrl + path, {
        method,
        headers: {
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
    },
    async close() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
      if (!shared) await database.close();
    },
  };
}
