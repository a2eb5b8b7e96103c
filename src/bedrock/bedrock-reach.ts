import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BedrockClients } from './bedrock-clients.js';
import { proxyAgents } from './runtime/proxy.js';

const FRESH_MS = 15_000;

export interface ReachReport {
  /** `unknown` until the first check has ended. */
  status: 'up' | 'down' | 'unknown';
  /** ISO 8601, of the last check. */
  checkedAt: string | null;
}

/** Whether the runtime endpoint of the first region answers at all; what it answers does not matter. */
@Injectable()
export class BedrockReach {
  private last: ReachReport = { status: 'unknown', checkedAt: null };
  private startedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clients: BedrockClients,
    private readonly config: AppConfig,
  ) {}

  /** What the last check has shown. Never waits: a check that is due begins in the background. */
  report(): ReachReport {
    if (performance.now() - this.startedAt >= FRESH_MS) {
      this.startedAt = performance.now();
      void this.check();
    }
    return this.last;
  }

  private async check(): Promise<void> {
    const status = await this.isReached().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    this.last = { status, checkedAt: new Date().toISOString() };
  }

  private async isReached(): Promise<void> {
    const { awsRegion, awsConnectTimeoutMs } = this.config;
    const { origin } = await this.clients.connection({ region: awsRegion, account: null }).endpoint();
    const { httpAgent, httpsAgent } = proxyAgents(this.config, { keepAlive: false });
    const isTls = origin.startsWith('https:');
    const agent = isTls ? httpsAgent : httpAgent;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = (isTls ? httpsGet : httpGet)(
      origin,
      { agent, signal: AbortSignal.timeout(awsConnectTimeoutMs) },
      (answer) => {
        answer.destroy();
        resolve();
      },
    );
    request.on('error', reject);
    await promise;
  }
}
