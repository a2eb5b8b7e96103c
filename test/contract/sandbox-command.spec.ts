import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSandbox } from '../../src/sandbox/sandbox.js';

const COMMAND = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));

interface Output {
  stdout: string;
  stderr: string;
}

function run(...flags: string[]): { process: ChildProcess; output: Output } {
  const child = spawn(process.execPath, [COMMAND, ...flags], { env: {} });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { process: child, output };
}

describe('the command of the sandbox', () => {
  it('says in one line where it is, serves, and stops on SIGTERM', async () => {
    const { process: child, output } = run('--port', '0', '--region', 'eu-west-1');
    await once(child.stdout ?? child, 'data');
    const url = /AWS_ENDPOINT_URL_BEDROCK_RUNTIME=(\S+)/.exec(output.stdout)?.[1];
    const answer = await fetch(`${url}/model/eu.anthropic.claude-sonnet-4-6/converse`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'hi' }] }] }),
    });
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(output.stdout).toMatch(/^Bedrock sandbox \(not a model\) on [^\n]+ AWS_REGION=eu-west-1 [^\n]+\n$/);
    expect([answer.status, code, output.stderr]).toEqual([200, 0, '']);
  });

  it.each([
    ['a flag that it does not know', ['--prot', '1'], "Unknown option '--prot'"],
    ['a port that is none', ['--port', 'many'], 'many is not a port.'],
  ])('ends with one message for %s', async (_name, flags, message) => {
    const { process: child, output } = run(...flags);
    const [code] = (await once(child, 'close')) as [number | null];

    expect(code).toBe(1);
    expect(output.stderr).toContain(message);
    expect(output.stderr).not.toContain('    at ');
  });

  it('ends with one message when the port is taken', async () => {
    const holder = await createSandbox();
    const { process: child, output } = run('--port', String(holder.port));
    const [code] = (await once(child, 'close')) as [number | null];
    await holder.close();

    expect([code, output.stderr.includes('EADDRINUSE')]).toEqual([1, true]);
  });
});
