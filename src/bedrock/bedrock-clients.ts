import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AppConfig } from '../config/app-config.js';
import type { Destination } from './runtime/bedrock-runtime.js';

const CONNECTION_TIMEOUT_MS = 5_000;
/** A model may think for minutes before its first byte; the predecessor waited 900 s. */
const IDLE_TIMEOUT_MS = 900_000;
const SOCKETS_MAX = 2_000;

/** The sandbox and other stand-ins want a signature, not a valid one. */
const MADE_UP_CREDENTIALS = { accessKeyId: 'gateway', secretAccessKey: 'not-a-secret' };

/**
 * The SDK's clients, one per region. HTTP/1.1 with kept-alive connections, because the SDK's default HTTP/2 handler
 * opens a session per request and ends aborted streams silently. One attempt per call: retries are ours, so that each
 * is metered.
 */
@Injectable()
export class BedrockClients implements OnApplicationShutdown {
  private readonly controls = new Map<string, BedrockClient>();
  private readonly runtimes = new Map<string, BedrockRuntimeClient>();
  private readonly requestHandler = new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
  });

  constructor(private readonly config: AppConfig) {}

  control(region: string): BedrockClient {
    const known = this.controls.get(region);
    if (known !== undefined) {
      return known;
    }
    const url = this.config.awsEndpointUrlBedrock ?? this.standInEndpoint();
    const client = new BedrockClient({ ...this.settings(region), ...endpoint(url) });
    this.controls.set(region, client);
    return client;
  }

  runtime({ region }: Pick<Destination, 'region'>): BedrockRuntimeClient {
    const known = this.runtimes.get(region);
    if (known !== undefined) {
      return known;
    }
    const settings = { ...this.settings(region), ...endpoint(this.config.awsEndpointUrlBedrockRuntime) };
    const client = new BedrockRuntimeClient(settings);
    this.runtimes.set(region, client);
    return client;
  }

  /** After the streams that are read on without a client have ended, which is a phase before this one. */
  onApplicationShutdown(): void {
    this.requestHandler.destroy();
  }

  private settings(region: string) {
    return {
      region,
      maxAttempts: 1,
      requestHandler: this.requestHandler,
      ...(this.config.hasAwsCredentials ? {} : { credentials: MADE_UP_CREDENTIALS }),
    };
  }

  /** Without credentials the runtime endpoint is a stand-in for AWS, and AWS itself would refuse the control plane. */
  private standInEndpoint(): string | undefined {
    return this.config.hasAwsCredentials ? undefined : this.config.awsEndpointUrlBedrockRuntime;
  }
}

function endpoint(url: string | undefined): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url };
}
