import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { PostgresUsageLedger } from './postgres-usage-ledger.js';
import { StreamDrains } from './stream-drains.js';

/** Starts the ledger before the first request and, after the last one, ends the drains and then the ledger. */
@Injectable()
export class MeteringLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly ledger: PostgresUsageLedger,
    private readonly drains: StreamDrains,
    private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.ledger.start();
  }

  /** Drains still need the connections to Bedrock, which are closed with the application. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.drains.stop(Math.min(this.config.streamDrainMs, this.config.shutdownGraceMs));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.ledger.close();
  }
}
