import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const require = createRequire(import.meta.url);
const PROGRAM = path.join(path.dirname(require.resolve('llmprobe/package.json')), 'bin/dist/llmprobe.mjs');
const PROBE_TIMEOUT_MS = 120_000;

interface Failure {
  id: string;
  severity: 'MUST' | 'SHOULD' | 'MAY';
  message: string;
}

interface Report {
  conformance: {
    bySurface: { surface: string; passed: number; total: number }[];
    results: { id: string; surface: string; outcome: string; failures: Failure[] }[];
  };
}

let gateway: TestGateway;
let home: string;

beforeAll(async () => {
  // The probe looks for cached tokens in prompts that are too short for the caches of the real models.
  gateway = await startTestGateway({ ENABLE_PROMPT_CACHING: 'true' }, { promptCacheMinTokens: 512 });
  home = mkdtempSync(path.join(tmpdir(), 'llmprobe-'));
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await gateway.close();
});

async function probe(model: string): Promise<Report> {
  const target = [`${gateway.baseUrl}/v1`, '-k', gateway.tenantKey, '--model', model];
  const options = ['--no-bench', '--no-save', '--reasoning', 'default', '--full', '--json'];
  const child = spawn(process.execPath, [PROGRAM, ...target, ...options], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROBE_TIMEOUT_MS,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await new Promise((resolve) => child.once('close', resolve));
  try {
    return JSON.parse(stdout) as Report;
  } catch (error) {
    throw new Error(`llmprobe told no result:\n${stderr.slice(-2000)}`, { cause: error });
  }
}

describe('llmprobe', () => {
  it.each(['global.anthropic.claude-sonnet-4-6', 'us.amazon.nova-lite-v1:0', 'openai.gpt-oss-120b-1:0'])(
    'finds no MUST of chat broken by %s',
    async (model) => {
      const { conformance } = await probe(model);
      const chat = conformance.results.filter(({ surface }) => surface === 'chat' || surface === 'models');
      const broken = chat.flatMap(({ failures }) => failures).filter(({ severity }) => severity === 'MUST');
      expect(broken).toEqual([]);
      expect(chat.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
      expect(conformance.bySurface.find(({ surface }) => surface === 'chat')?.passed).toBeGreaterThanOrEqual(80);
    },
    PROBE_TIMEOUT_MS,
  );
});
