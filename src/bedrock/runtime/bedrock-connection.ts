import { CountTokensCommand, type BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { RefreshedCredentials } from './credentials.js';

/** What proves who sends a request: a signature, or a Bedrock API key. */
export type Identity = { kind: 'sigv4'; credentials: RefreshedCredentials } | { kind: 'bearer'; token: string };

export interface Endpoint {
  /** For example `https://bedrock-runtime.us-east-1.amazonaws.com`. */
  origin: string;
  /** As the header has it, with the port where it is not the scheme's own. */
  host: string;
  /** Empty, or what an endpoint of the settings has before the operation's path. */
  basePath: string;
}

const PROBED_PATH = '/model/x/count-tokens';

/** The way to Bedrock of one region and account. */
export class BedrockConnection {
  private resolved: Endpoint | undefined;

  constructor(
    readonly client: BedrockRuntimeClient,
    readonly region: string,
    readonly identity: Identity,
  ) {}

  /** Where the SDK's client would send a call: by its rules for partitions, FIPS and dual-stack, and its settings. */
  async endpoint(): Promise<Endpoint> {
    this.resolved ??= await endpointOf(this.client);
    return this.resolved;
  }
}

interface BuiltRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
}

/** Has the client build a request that is not sent, and looks where it would have gone. */
async function endpointOf(client: BedrockRuntimeClient): Promise<Endpoint> {
  let url: URL | undefined;
  const command = new CountTokensCommand({ modelId: 'x', input: { converse: {} } });
  command.middlewareStack.add(
    () => (args) => {
      const { protocol, hostname, port, path } = args.request as BuiltRequest;
      url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      return Promise.resolve({ output: { $metadata: {}, inputTokens: 0 }, response: undefined });
    },
    { step: 'build', priority: 'high' },
  );
  await client.send(command);
  if (url === undefined) throw new Error('The SDK built no request.');
  return { origin: url.origin, host: url.host, basePath: url.pathname.slice(0, -PROBED_PATH.length) };
}
