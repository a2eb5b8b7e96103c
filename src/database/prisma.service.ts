import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { AppConfig } from '../config/app-config.js';
import { PrismaClient } from './generated/client.js';

/** A query fails rather than waits when the database is away; callers have a journal or an answer for that. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The database. Connections are opened by the first query, so that a start does not wait for them; they are
 * closed after every other shutdown hook, because the last usage events are flushed in those.
 */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(config: AppConfig) {
    super({
      adapter: new PrismaPg({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      }),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
