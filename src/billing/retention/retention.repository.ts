import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';

/** Any constant serves: replicas take turns by it. */
const RETENTION_LOCK = 7_214_600_306;
/** Whoever waits for a table makes everyone behind him wait: rather try again at the next round. */
const LOCK_TIMEOUT = Prisma.raw("'2s'");

/** Up to where the events of a tenant may be deleted: a midnight in UTC. */
export interface TenantRetention {
  tenantId: string;
  before: Date;
}

/** The months of `usage_events`, and what of them is still kept. Sums by end user go with them; other rollups are not touched here. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Makes the partitions of this month and of `ahead` more, where they are missing. Answers how many were. */
  async addMonths(ahead: number): Promise<number> {
    return this.inTurn(0, async (db) => {
      const rows = await db.$queryRaw<{ added: boolean }[]>`
        SELECT usage_events_add_month(usage_month_after(now(), n)) AS added FROM generate_series(0, ${ahead}) n`;
      return rows.filter(({ added }) => added).length;
    });
  }

  /** Drops the partitions of months that ended `months` or more full months ago. Answers their names. */
  async dropMonths(months: number): Promise<string[]> {
    return this.inTurn([], async (db) => {
      const partitions = await db.$queryRaw<{ name: string }[]>`
        SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'usage_events'::regclass AND c.relname ~ '^usage_events_\\d{4}_\\d{2}$'
          AND c.relname < 'usage_events_' || to_char(usage_month_after(now(), -${months}::integer) AT TIME ZONE 'UTC', 'YYYY_MM')
        ORDER BY 1`;
      await db.$executeRaw`
        INSERT INTO usage_horizons AS h (tenant_id, before) VALUES ('', usage_month_after(now(), -${months}::integer))
        ON CONFLICT (tenant_id) DO UPDATE SET before = greatest(h.before, excluded.before)`;
      for (const { name } of partitions) await db.$executeRaw`DROP TABLE ${Prisma.raw(`"${name}"`)}`;
      // Only now: who sums has the events before the name.
      await db.$queryRaw`
        SELECT usage_users_forget(NULL, '-infinity', usage_month_after(now(), -${months}::integer))::text`;
      return partitions.map(({ name }) => name);
    });
  }

  /** Deletes at most `max` of the events that came without a partition and are older than all that is kept. */
  async deleteStray(max: number): Promise<number> {
    return this.inTurn(
      0,
      (db) => db.$executeRaw`
        DELETE FROM usage_events_default WHERE (tenant_id, occurred_at, id) IN (
          SELECT tenant_id, occurred_at, id FROM usage_events_default
          WHERE occurred_at < (SELECT before FROM usage_horizons WHERE tenant_id = '') LIMIT ${max})`,
    );
  }

  /** The tenants whose events are kept for some days only, also those that have been deleted. */
  async listTenants(): Promise<TenantRetention[]> {
    return this.prisma.$queryRaw<TenantRetention[]>`
      SELECT id AS "tenantId", date_trunc('day', now() - make_interval(days => (policy->>'retention_days')::integer), 'UTC') AS before
      FROM tenants WHERE policy->>'retention_days' IS NOT NULL ORDER BY id`;
  }

  /** Deletes at most `max` events of a tenant from before a moment. Answers how many, 0 when it is another's turn. */
  async deleteEvents(tenantId: string, before: Date, max: number): Promise<number> {
    return this.inTurn(0, async (db) => {
      // Before the first row goes: from here on no report of single events and no rebuild trusts this range.
      await db.$executeRaw`
        INSERT INTO usage_horizons AS h (tenant_id, before) VALUES (${tenantId}, ${before})
        ON CONFLICT (tenant_id) DO UPDATE SET before = excluded.before WHERE h.before < excluded.before`;
      await db.$queryRaw`SELECT usage_users_forget(${tenantId}, '-infinity', ${before})::text`;
      return db.$executeRaw`
        DELETE FROM usage_events WHERE tenant_id = ${tenantId} AND occurred_at < ${before}
          AND (occurred_at, id) IN (
            SELECT occurred_at, id FROM usage_events WHERE tenant_id = ${tenantId} AND occurred_at < ${before}
            ORDER BY occurred_at, id LIMIT ${max})`;
    });
  }

  /** Runs as the only one of all replicas, or answers `otherwise` when another one is at it. */
  private inTurn<T>(otherwise: T, work: (db: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.prisma.$transaction(
      async (db) => {
        await db.$executeRaw`SET LOCAL lock_timeout = ${LOCK_TIMEOUT}`;
        const [lock] = await db.$queryRaw<{ taken: boolean }[]>`
          SELECT pg_try_advisory_xact_lock(${RETENTION_LOCK}) AS taken`;
        return lock?.taken ? work(db) : otherwise;
      },
      { timeout: 60_000 },
    );
  }
}
