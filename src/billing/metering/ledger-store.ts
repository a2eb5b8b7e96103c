import { Pool, type ClientBase, type QueryResult } from 'pg';
import {
  CLOSE_SETTLED_SQL,
  FORGET_WRITERS_SQL,
  LOST_RESERVATIONS_SQL,
  RENEW_LEASE_SQL,
  SUPERSEDE_SQL,
  SWEEP_SQL,
  WRITE_SQL,
} from './ledger-sql.js';
import { hasMetAnother } from './ledger-errors.js';
import type { LedgerRecord } from './ledger-record.js';

const SWEEP_MAX = 1_000;
/** Rows of a step: what is added to one of them meanwhile waits for that long. */
const FOLD_MAX = 500;
/** Journals and dead writers are looked after only afterwards. What is left is folded in the next round. */
const FOLD_STEPS_MAX = 20;
/** Ends a step in the server, which would go on for a client that waits no longer, and keep its rows locked. */
const FOLD_TIMEOUT_MS = 2_000;
/** A database that does not answer for this long counts as away: the journal takes over. */
const QUERY_TIMEOUT_MS = 3_000;

interface LostReservation {
  tenant_id: string;
  id: string;
  event: string;
  recorded: boolean;
}

/**
 * All that the ledger looks for it finds by a key. PostgreSQL plans a statement once for a connection, by what the tables
 * held then: to read all of a small one is cheap, but that plan stays while it grows.
 */
function findByIndex(client: ClientBase, done: (error?: Error) => void): void {
  client.query('SET enable_seqscan = off', done);
}

function toJsonArray(records: LedgerRecord[]): string {
  return `[${records.map((record) => record.json).join(',')}]`;
}

/**
 * The ledger's tables. It has connections of its own, so that a slow report never delays an answer. Failures are
 * passed on as `pg` throws them.
 */
export class LedgerStore {
  private readonly pool: Pool;

  constructor(connectionString: string) {
    // One connection for the batches, one for the lease and the sweep.
    this.pool = new Pool({
      connectionString,
      max: 2,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'bedrock-gateway ledger',
      verify: findByIndex,
    });
    // The statement that runs on the connection reports the failure; an idle one is replaced.
    this.pool.on('error', () => undefined);
  }

  /** Commits all records at once, each at most once however often it is written. */
  async write(records: LedgerRecord[]): Promise<void> {
    const events = records.filter((record) => record.kind === 'event');
    const ended = new Set(events.map((event) => event.id));
    // A statement does not see what its other parts write: an intent that ends in the same batch would stay.
    const intents = records.filter((record) => record.kind === 'intent' && !ended.has(record.id));
    const eventsJson = toJsonArray(events);
    const values = [eventsJson, toJsonArray(intents)];
    const write = () => this.pool.query<{ inserted: number }>({ name: 'ledger-write', text: WRITE_SQL, values });
    // The next try sees the lock of a month and lands elsewhere.
    const { rows } = await write().catch((error: unknown) => {
      if (hasMetAnother(error)) return write();
      throw error;
    });
    // `pg` keeps a statement's values until the next full collection (`docs/decisions/2026-11-27-young-garbage.md`).
    values.length = 0;
    if (rows[0]?.inserted !== events.length) {
      await this.pool.query(SUPERSEDE_SQL, [eventsJson]);
    }
  }

  async renewLease(writerId: string, leaseMs: number): Promise<void> {
    await this.pool.query(RENEW_LEASE_SQL, [writerId, leaseMs]);
  }

  /** Gives the lease up, so that what is still open can be swept at once. */
  async endLease(writerId: string): Promise<void> {
    await this.pool.query('DELETE FROM usage_writers WHERE id = $1', [writerId]);
  }

  /** Ends the writer's intents whose events were written before them. */
  async closeSettled(writerId: string): Promise<void> {
    await this.pool.query(CLOSE_SETTLED_SQL, [writerId]);
  }

  /** Settles the open attempts of writers whose lease is over, as `lost` and `estimated`. Answers how many. */
  async sweep(): Promise<number> {
    let total = 0;
    let swept: number;
    do {
      const { rows } = await this.pool.query<{ swept: number }>(SWEEP_SQL, [SWEEP_MAX]);
      swept = rows[0]?.swept ?? 0;
      total += swept;
    } while (swept === SWEEP_MAX);
    await this.pool.query(FORGET_WRITERS_SQL);
    return total;
  }

  /**
   * Ends the reservations of writers whose lease is over. One without any event is charged in full: its process may
   * have called Bedrock and died before the attempt was recorded. Answers how many.
   */
  async sweepReservations(): Promise<number> {
    const { rows } = await this.pool.query<LostReservation>(LOST_RESERVATIONS_SQL, [SWEEP_MAX]);
    const unrecorded = rows.filter((reservation) => !reservation.recorded);
    if (unrecorded.length > 0) {
      await this.write(unrecorded.map(({ id, event }) => ({ kind: 'event', id, json: event })));
    }
    for (const { tenant_id: tenantId, id } of rows) {
      await this.pool.query('SELECT budget_release($1, $2)', [tenantId, id]);
    }
    return rows.length;
  }

  /** Moves sums that writing has left in `usage_recent` to those that reports read, so many at most. Replicas take turns. */
  async fold(): Promise<void> {
    for (let step = 0; step < FOLD_STEPS_MAX; step += 1) {
      if ((await this.foldOnce()) < FOLD_MAX) return;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async foldOnce(): Promise<number> {
    // Statements of one message are one transaction, and each has a timeout of its own.
    const results: unknown = await this.pool.query(
      `SET LOCAL statement_timeout = ${FOLD_TIMEOUT_MS}; SELECT usage_fold(${FOLD_MAX}) AS folded`,
    );
    const [, { rows }] = results as [QueryResult, QueryResult<{ folded: number }>];
    return rows[0]?.folded ?? 0;
  }
}
