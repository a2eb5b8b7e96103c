import type { AppConfig, BedrockMode } from '../config/app-config.js';

/** The keys that exist only in this moment; absent at every start after the first. */
export interface FirstKeys {
  adminKey: string;
  tenantKey: string;
}

/** What the operator reads when the gateway is ready. */
export function toStartupText(config: AppConfig, port: number, embedded: boolean, keys: FirstKeys | null): string {
  const url = `http://${config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host}:${port}`;
  const lines = [
    `The Bedrock gateway is ready on ${url}`,
    '',
    `  Bedrock   ${describeBedrock(config)}`,
    `  Database  ${embedded ? `embedded PostgreSQL, data under ${config.dataDir}` : 'the one of DATABASE_URL'}`,
    '',
  ];
  if (keys !== null) {
    const body = JSON.stringify({ model: config.defaultModel, messages: [{ role: 'user', content: 'Hello!' }] });
    lines.push(
      'Your keys, shown this once:',
      '',
      `  Admin key   ${keys.adminKey}`,
      `  Tenant key  ${keys.tenantKey}`,
      '',
      'Your first call:',
      '',
      `curl -s ${url}/v1/chat/completions -H 'authorization: Bearer ${keys.tenantKey}' ` +
        `-H 'content-type: application/json' -d '${body.replaceAll("'", String.raw`'\''`)}'`,
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}

function describeBedrock({ bedrockMode, awsRegion, awsEndpointUrlBedrockRuntime }: AppConfig): string {
  const places: Record<BedrockMode, string> = {
    aws: `AWS, ${awsRegion}`,
    endpoint: `${awsEndpointUrlBedrockRuntime}, ${awsRegion}`,
    sandbox: 'SANDBOX, for want of AWS credentials: answers are made up on this machine, by no model',
  };
  return places[bedrockMode];
}
