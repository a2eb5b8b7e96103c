import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { AppConfig } from '../config/app-config.js';
import { CuttableSockets } from './cuttable-sockets.js';
import { PrismaClient } from './generated/client.js';

/** A query fails rather than waits when the database is away; callers have a journal or an answer for that. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than the sums by end user may take, two minutes. What takes longer says so: see `patiently`. */
const SILENCE_MS = 150_000;
const LOOK_MS = 10_000;
/** For what is written last, after the streams that are read on without a client. */
const LAST_QUERIES_MS = 3_000;

/**
 * The database. Connections are opened by the first query, so that a start does not wait for them; they are
 * closed after every other shutdown hook, because the last usage events are flushed in those.
 */
@Injectable()
export class PrismaService extends PrismaClient implements OnModuleDestroy, OnApplicationShutdown {
  private readonly sockets: CuttableSockets;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly config: AppConfig) {
    const sockets = new CuttableSockets(SILENCE_MS, LOOK_MS);
    super({
      adapter: new PrismaPg({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        stream: sockets.open,
      }),
    });
    this.sockets = sockets;
  }

  /** The first phase of the end. A database that is silent must not keep a later one waiting: the process would never end. */
  onModuleDestroy(): void {
    const { streamDrainMs, shutdownGraceMs } = this.config;
    const waitMs = Math.min(streamDrainMs, shutdownGraceMs) + LAST_QUERIES_MS;
    this.timer = setTimeout(() => this.sockets.cut(), waitMs).unref();
  }

  /** Runs what has a statement that may take so long, which is more than two minutes. */
  patiently<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return this.sockets.patiently(ms, work);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
    this.sockets.close();
    clearTimeout(this.timer);
  }
}
