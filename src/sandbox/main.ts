import { parseArgs } from 'node:util';
import { createSandbox } from './sandbox.js';

const USAGE =
  'usage: sandbox [--port 4010] [--host 127.0.0.1] [--region us-east-1] [--journal FILE] [--invocation-log FILE] [--metrics FILE]';

/** Starts the sandbox from the command line and serves until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      region: { type: 'string', default: 'us-east-1' },
      journal: { type: 'string' },
      'invocation-log': { type: 'string' },
      metrics: { type: 'string' },
    },
  });
  const sandbox = await createSandbox({
    port: toPort(values.port),
    host: values.host,
    region: values.region,
    ...(values.journal === undefined ? {} : { journalFile: values.journal }),
    ...(values['invocation-log'] === undefined ? {} : { invocationLogFile: values['invocation-log'] }),
    ...(values.metrics === undefined ? {} : { metricsFile: values.metrics }),
  });
  process.stdout.write(
    `Bedrock sandbox (not a model) on ${sandbox.url} — point a client to it: ` +
      `AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${sandbox.url} AWS_ENDPOINT_URL_BEDROCK=${sandbox.url} ` +
      `AWS_REGION=${values.region} AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox\n`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is not a port.`);
  return port;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exit(1);
});
