import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { CHANGE_CHANNEL } from '../audit/change-channel.js';
import { AppConfig } from '../config/app-config.js';
import type { CacheTrust } from './credential-cache.js';

/** One admin change, as the audit log has it. */
export interface Change {
  seq: bigint;
  action: string;
  resourceType: string;
  resourceId: string;
  tenantId: string | null;
}

/** Told of every change; `null` when so many were missed that everything must be forgotten. */
export type ChangeListener = (change: Change | null) => void;

/** An entry of the log, which its hash tells from another one of the same number. */
interface Place {
  seq: string;
  hash: Buffer;
}

interface ChangeRow extends Place {
  action: string;
  resource_type: string;
  resource_id: string;
  tenant_id: string | null;
}

const BATCH = 500;
/** Before the first entry. */
const BEGINNING: Place = { seq: '0', hash: Buffer.alloc(0) };
const RECONNECT_MS = 200;

/**
 * Follows the audit log, which every admin change of any replica is part of and whose numbers are in the order of
 * the commits. A notification only rings the bell: each beat reads what is new, so a lost message delays a change
 * by one beat and loses nothing. When the beats stop, `knownUntilMs` stands still and caches stop trusting themselves. A
 * database that was set back, as by a failover that lost the last commits, gives numbers away again that are known here:
 * where the last known entry is not the same any more, everything is forgotten.
 */
@Injectable()
export class ChangeFeed implements CacheTrust, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners: ChangeListener[] = [];
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;
  private bell = Promise.withResolvers<void>();
  private last: Place | null = null;
  private connected = false;
  private knownUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly config: AppConfig) {}

  get knownUntilMs(): number {
    return this.knownUntil;
  }

  listen(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    this.bell.resolve();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      const client = this.createClient();
      try {
        await client.connect();
        await client.query(`LISTEN ${CHANGE_CHANNEL}`);
        this.report(true);
        await this.follow(client);
      } catch (error) {
        this.report(false, error);
      } finally {
        await client.end().catch(() => undefined);
      }
      if (!this.stop.signal.aborted)
        await sleep(RECONNECT_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private createClient(): Client {
    const client = new Client({
      connectionString: this.config.databaseUrl,
      connectionTimeoutMillis: 2_000,
      // A connection that went silent must be noticed well before the caches' trust would have to be renewed.
      query_timeout: 1_000,
      application_name: 'gateway-changes',
    });
    client.on('notification', () => this.bell.resolve());
    // The query in flight fails with the same error; without a listener it would end the process.
    client.on('error', () => this.bell.resolve());
    return client;
  }

  private async follow(client: Client): Promise<void> {
    const beatMs = Math.max(25, this.config.keyCacheTtlMs * 0.4);
    while (!this.stop.signal.aborted) {
      this.bell = Promise.withResolvers<void>();
      const startedAtMs = performance.now();
      const more = await this.read(client);
      if (more) continue;
      this.knownUntil = startedAtMs;
      const timer = setTimeout(() => this.bell.resolve(), beatMs);
      await this.bell.promise;
      clearTimeout(timer);
    }
  }

  /** Reads and passes on what is new. Answers whether there may be more. */
  private async read(client: Client): Promise<boolean> {
    const { last } = this;
    if (last === null) {
      const { rows } = await client.query<Place>('SELECT seq, hash FROM audit_entries ORDER BY seq DESC LIMIT 1');
      this.last = rows[0] ?? BEGINNING;
      this.tell(null);
      return false;
    }
    const { rows } = await client.query<ChangeRow>(
      `SELECT seq, hash, action, resource_type, resource_id, tenant_id
       FROM audit_entries WHERE seq >= $1 ORDER BY seq LIMIT ${BATCH}`,
      [last.seq],
    );
    const news = last === BEGINNING ? rows : rows.slice(1);
    if (last !== BEGINNING && !isSame(last, rows[0])) {
      this.last = null;
      return true;
    }
    for (const row of news) this.tell(toChange(row));
    this.last = news.at(-1) ?? last;
    return rows.length === BATCH;
  }

  private tell(change: Change | null): void {
    for (const listener of this.listeners) listener(change);
  }

  private report(connected: boolean, error?: unknown): void {
    if (connected === this.connected || this.stop.signal.aborted) return;
    this.connected = connected;
    if (connected) this.logger.log('Following admin changes');
    else this.logger.warn({ err: error }, 'Admin changes cannot be followed; keys are checked in the database');
  }
}

function isSame(known: Place, found: Place | undefined): boolean {
  return found !== undefined && found.seq === known.seq && found.hash.equals(known.hash);
}

function toChange(row: ChangeRow): Change {
  return {
    seq: BigInt(row.seq),
    action: row.action,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    tenantId: row.tenant_id,
  };
}
