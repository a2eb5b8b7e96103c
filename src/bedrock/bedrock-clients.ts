import { BedrockClient } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BoundedMap } from '../common/bounded-map.js';
import { AppConfig } from '../config/app-config.js';
import type { RouteAccount } from '../models/model-route.js';
import { assumeRole, ownCredentials } from './runtime/assumed-role.js';
import { BedrockConnection, type Identity } from './runtime/bedrock-connection.js';
import type { Destination } from './runtime/bedrock-runtime.js';
import { RefreshedCredentials } from './runtime/credentials.js';
import { proxyAgents } from './runtime/proxy.js';

/** Regions times roles. */
const CONNECTIONS_MAX = 2_000;
const ROLES_MAX = 10_000;
/** A request waits for STS the first time that a role is used. */
const STS_TIMEOUT_MS = 5_000;

/** The sandbox and other stand-ins want a signature, not a valid one. */
const MADE_UP_CREDENTIALS = { accessKeyId: 'gateway', secretAccessKey: 'not-a-secret' };

/**
 * The ways to Bedrock, one per region and account, and the SDK's clients on them. HTTP/1.1 with kept-alive
 * connections, because the SDK's default HTTP/2 handler opens a session per request and ends aborted streams silently.
 * One attempt per call: retries are ours, so that each is metered.
 */
@Injectable()
export class BedrockClients implements OnApplicationShutdown {
  private readonly controls = new BoundedMap<BedrockClient>(CONNECTIONS_MAX);
  private readonly connections = new BoundedMap<BedrockConnection>(CONNECTIONS_MAX);
  private readonly roles = new BoundedMap<RefreshedCredentials>(ROLES_MAX);
  private readonly own: RefreshedCredentials;
  private readonly requestHandler: NodeHttpHandler;
  private readonly stsHandler: NodeHttpHandler;

  constructor(private readonly config: AppConfig) {
    const agents = {
      connectionTimeout: config.awsConnectTimeoutMs,
      ...proxyAgents(config, { keepAlive: true }),
    };
    this.requestHandler = new NodeHttpHandler({ ...agents, socketTimeout: 0 });
    this.stsHandler = new NodeHttpHandler({ ...agents, requestTimeout: STS_TIMEOUT_MS, throwOnRequestTimeout: true });
    // A chain of its own each time: what is in a file has no time of expiry and may be replaced, and one that is asked
    // while it still waits for an answer would wait for the same.
    const chain = {
      ignoreCache: true,
      clientConfig: { requestHandler: this.stsHandler },
      parentClientConfig: { region: config.awsRegion },
    };
    const provider = config.hasAwsCredentials
      ? () => fromNodeProviderChain(chain)()
      : () => Promise.resolve(MADE_UP_CREDENTIALS);
    this.own = new RefreshedCredentials(() => ownCredentials(provider));
  }

  control(region: string): BedrockClient {
    return this.controls.getOrCreate(region, () => {
      const url = this.config.awsEndpointUrlBedrock ?? this.standInEndpoint();
      return new BedrockClient({ ...this.settings(region, this.identity(null)), ...endpoint(url, region) });
    });
  }

  connection({ region, account }: Destination): BedrockConnection {
    const key = account === null ? region : `${region} ${keyOf(account)}`;
    return this.connections.getOrCreate(key, () => {
      const identity = this.identity(account);
      const client = new BedrockRuntimeClient({
        ...this.settings(region, identity),
        ...endpoint(this.config.awsEndpointUrlBedrockRuntime, region),
      });
      return new BedrockConnection(client, region, identity);
    });
  }

  /** AWS does not know the caller: what its requests are signed with is asked for again, unless that was tried lately. */
  refused(account: RouteAccount | null): void {
    const identity = this.identity(account);
    if (identity.kind === 'sigv4') identity.credentials.refused();
  }

  /** After the streams that are read on without a client have ended, which is a phase before this one. */
  onApplicationShutdown(): void {
    this.requestHandler.destroy();
    this.stsHandler.destroy();
  }

  /** A role is always signed for: a Bedrock API key of the gateway would send its calls to the gateway's account. */
  private identity(account: RouteAccount | null): Identity {
    const token = this.config.awsBearerTokenBedrock;
    if (account === null) {
      return token === undefined ? { kind: 'sigv4', credentials: this.own } : { kind: 'bearer', token };
    }
    const credentials = this.roles.getOrCreate(
      keyOf(account),
      () => new RefreshedCredentials(() => assumeRole(account, this.roleSource())),
    );
    return { kind: 'sigv4', credentials };
  }

  private roleSource() {
    const { awsRegion, awsEndpointUrlSts } = this.config;
    const clientConfig = {
      region: awsRegion,
      requestHandler: this.stsHandler,
      ...this.variants(),
      ...endpoint(awsEndpointUrlSts, awsRegion),
    };
    return { own: this.own, clientConfig };
  }

  /** The schemes are named, because the SDK prefers a bearer token of the environment to any credentials. */
  private settings(region: string, identity: Identity) {
    return {
      region,
      maxAttempts: 1,
      requestHandler: this.requestHandler,
      ...this.variants(),
      ...(identity.kind === 'bearer'
        ? { token: { token: identity.token }, authSchemePreference: ['httpBearerAuth'] }
        : {
            credentials: async () => identity.credentials.get(),
            authSchemePreference: ['aws.auth#sigv4'],
          }),
    };
  }

  private variants() {
    const { awsUseFipsEndpoint, awsUseDualstackEndpoint } = this.config;
    return {
      ...(awsUseFipsEndpoint === undefined ? {} : { useFipsEndpoint: awsUseFipsEndpoint }),
      ...(awsUseDualstackEndpoint === undefined ? {} : { useDualstackEndpoint: awsUseDualstackEndpoint }),
    };
  }

  /** Without credentials the runtime endpoint is a stand-in for AWS, and AWS itself would refuse the control plane. */
  private standInEndpoint(): string | undefined {
    return this.config.hasAwsCredentials ? undefined : this.config.awsEndpointUrlBedrockRuntime;
  }
}

/** `{region}` in a setting stands for the region of the call. */
function endpoint(url: string | undefined, region: string): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url.replaceAll('{region}', region) };
}

function keyOf({ roleArn, externalId, sessionTags }: RouteAccount): string {
  return JSON.stringify([roleArn, externalId, sessionTags]);
}
