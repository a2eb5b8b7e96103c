import { OpenAI } from 'openai';
import { PrismaService } from '../../src/database/prisma.service.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { startAccessApp, type AccessApp } from './access-app.js';

/** The whole gateway on a sandbox and a database of its own. */
export interface TestGateway extends AccessApp {
  sandbox: Sandbox;
  prisma: PrismaService;
  /** The official client with the tenant's key; it never retries by itself. */
  openai(options?: { key?: string; prefix?: string }): OpenAI;
}

/** Starts it; `close` in `afterAll`. */
export async function startTestGateway(
  env: NodeJS.ProcessEnv = {},
  sandboxOptions: SandboxOptions = {},
): Promise<TestGateway> {
  const sandbox = await createSandbox(sandboxOptions);
  const app = await startAccessApp({
    AWS_ENDPOINT_URL_BEDROCK: sandbox.url,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
    ...env,
  });
  return {
    ...app,
    sandbox,
    prisma: app.app.get(PrismaService),
    openai: ({ key = app.tenantKey, prefix = '/v1' } = {}) =>
      new OpenAI({ apiKey: key, baseURL: app.baseUrl + prefix, maxRetries: 0 }),
    async close() {
      await app.close();
      await sandbox.close();
    },
  };
}
