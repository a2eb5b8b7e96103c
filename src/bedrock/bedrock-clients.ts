import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AppConfig } from '../config/app-config.js';

const CONNECTION_TIMEOUT_MS = 5_000;
/** A model may think for minutes before its first byte; the predecessor waited 900 s. */
const IDLE_TIMEOUT_MS = 900_000;
const SOCKETS_MAX = 2_000;

/** The sandbox and other stand-ins want a signature, not a valid one. */
const MADE_UP_CREDENTIALS = { accessKeyId: 'gateway', secretAccessKey: 'not-a-secret' };

/**
 * The SDK's clients. HTTP/1.1 with kept-alive connections, because the SDK's default HTTP/2 handler opens a session
 * per request and ends aborted streams silently. One attempt per call: retries are ours, so that each is metered.
 */
@Injectable()
export class BedrockClients implements OnApplicationShutdown {
  readonly runtime: BedrockRuntimeClient;
  readonly control: BedrockClient;

  constructor(config: AppConfig) {
    const shared = {
      region: config.awsRegion,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        socketTimeout: IDLE_TIMEOUT_MS,
        httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
        httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
      }),
      ...(config.hasAwsCredentials ? {} : { credentials: MADE_UP_CREDENTIALS }),
    };
    this.runtime = new BedrockRuntimeClient({ ...shared, ...endpoint(config.awsEndpointUrlBedrockRuntime) });
    this.control = new BedrockClient({
      ...shared,
      ...endpoint(config.awsEndpointUrlBedrock ?? this.standInEndpoint(config)),
    });
  }

  /** After the streams that are read on without a client have ended, which is a phase before this one. */
  onApplicationShutdown(): void {
    this.runtime.destroy();
    this.control.destroy();
  }

  /** Without credentials the runtime endpoint is a stand-in for AWS, and AWS itself would refuse the control plane. */
  private standInEndpoint(config: AppConfig): string | undefined {
    return config.hasAwsCredentials ? undefined : config.awsEndpointUrlBedrockRuntime;
  }
}

function endpoint(url: string | undefined): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url };
}
