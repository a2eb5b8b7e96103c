import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import type { UsageEvent } from '../metering/usage-event.js';
import type { Rating } from '../pricing/rate.js';
import type { RateableEvent, RerateQuery } from './rerating.js';

/** Any constant serves: one re-rating runs at a time. */
const RERATE_LOCK = 7_214_600_305;
const PAGE = 10_000;
/** Of one parameter. */
const BATCH = 2_000;

type RatedFields = Pick<
  UsageEvent,
  | 'tenantId'
  | 'operation'
  | 'resolvedModel'
  | 'model'
  | 'scope'
  | 'tier'
  | 'region'
  | 'outcome'
  | 'statusCode'
  | 'usageReported'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWrite5mTokens'
  | 'cacheWrite1hTokens'
  | 'unitKind'
  | 'unitCount'
>;

/** An event with everything that its price depends on. */
export type RatedRow = RateableEvent & RatedFields & { occurredAt: string };

type Row = Omit<RatedRow, 'costPicoUsd' | 'unitKind' | 'unitCount' | 'occurredAt'> & {
  /** The moment of its attempt, which is another one when it came after its month was locked. */
  attempted: Date;
  cost: string | null;
  unit_kind: UsageEvent['unitKind'] | null;
  unit_count: number | null;
};

/** An event whose cost changes by `delta` pico-USD. */
export interface Adjustment {
  event: RateableEvent;
  rating: Rating;
  delta: bigint;
  /** It had no price before. */
  priced: boolean;
}

/** Where an event stands, to the microsecond: one that landed late does so by the clock of the database. */
const AT = Prisma.sql`to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Reads events to rate them again, and writes what that changes as events of their own. */
@Injectable()
export class RerateRepository {
  /** Waits for another re-rating to end: what it has adjusted is seen from here on. */
  async takeTurn(db: Prisma.TransactionClient): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(${RERATE_LOCK})`;
  }

  /** The attempts of the range, with the cost that they have now. */
  async *listEvents(query: RerateQuery, db: Prisma.TransactionClient): AsyncGenerator<RatedRow> {
    const tenant = query.tenantId === null ? Prisma.empty : Prisma.sql`AND e.tenant_id = ${query.tenantId}`;
    const model = query.model === null ? Prisma.empty : Prisma.sql`AND e.model = ${query.model}`;
    let after = Prisma.empty;
    let rows: Row[];
    do {
      rows = await db.$queryRaw<Row[]>`
        SELECT e.tenant_id AS "tenantId", e.id::text, e.operation, ${AT} AS at,
          coalesce(e.belongs_at, e.occurred_at) AS attempted, e.resolved_model AS "resolvedModel",
          e.model, e.scope, e.tier, e.region, e.outcome,
          e.status_code AS "statusCode", e.usage_reported AS "usageReported", e.input_tokens AS "inputTokens",
          e.output_tokens AS "outputTokens", e.cache_read_tokens AS "cacheReadTokens",
          e.cache_write_5m_tokens AS "cacheWrite5mTokens", e.cache_write_1h_tokens AS "cacheWrite1hTokens",
          e.unit_kind, e.unit_count, coalesce(a.revision, 0) AS revision,
          CASE WHEN e.unpriced AND NOT coalesce(a.priced, false) THEN NULL
            ELSE (coalesce(e.cost_pico_usd, 0) + coalesce(a.cost, 0))::text END AS cost
        FROM usage_events e
        LEFT JOIN LATERAL (
          SELECT max(revision) AS revision, bool_or(priced) AS priced, sum(cost_pico_usd) AS cost
          FROM usage_adjustments a WHERE a.tenant_id = e.tenant_id AND a.event_id = e.id
        ) a ON true
        WHERE e.occurred_at >= ${query.from} AND e.occurred_at < ${query.to} AND e.attempt > 0 ${tenant} ${model} ${after}
        ORDER BY e.occurred_at, e.tenant_id, e.id LIMIT ${PAGE}`;
      yield* rows.map(toRatedRow);
      const last = rows.at(-1);
      if (last) {
        after = Prisma.sql`AND (e.occurred_at, e.tenant_id, e.id) > (${last.at}::timestamptz, ${last.tenantId}, ${last.id}::uuid)`;
      }
    } while (rows.length === PAGE);
  }

  /**
   * Writes one adjusting event for each, with the dimensions of the event that it adjusts: at its moment or, where that month
   * is locked, now. Sums and budgets follow by their triggers. Answers how many stand in the current month instead.
   */
  async adjust(adjustments: readonly Adjustment[], db: Prisma.TransactionClient): Promise<number> {
    await db.$executeRaw`
      CREATE TEMPORARY TABLE rerate_changes (
        tenant_id text, event_id uuid, at timestamptz, revision integer, delta bigint, priced boolean, prices jsonb,
        adjustment_id uuid DEFAULT gen_random_uuid()
      ) ON COMMIT DROP`;
    for (let start = 0; start < adjustments.length; start += BATCH) {
      const changes = JSON.stringify(adjustments.slice(start, start + BATCH).map(toChange));
      await db.$executeRaw`
        INSERT INTO rerate_changes SELECT c.* FROM json_to_recordset(${changes}::json) AS c(
          tenant_id text, event_id uuid, at timestamptz, revision integer, delta bigint, priced boolean, prices jsonb)`;
    }
    // All of them in one statement, the last before the end of the transaction: what its triggers lock, budgets above all,
    // keeps calls waiting for as long as the triggers run, however many events there are.
    const [row] = await db.$queryRaw<{ later: number }[]>`
      WITH changes AS MATERIALIZED (
        SELECT c.*, m.month IS NOT NULL AS locked FROM rerate_changes c
        LEFT JOIN locked_months m ON m.month = usage_month_after(c.at, 0)
      ),
      linked AS (
        INSERT INTO usage_adjustments (tenant_id, event_id, revision, event_at, id, landed_at, cost_pico_usd, priced)
        SELECT tenant_id, event_id, revision, at, adjustment_id, CASE WHEN locked THEN now() ELSE at END, delta, priced
        FROM changes
      ),
      written AS (
        INSERT INTO usage_events SELECT a.* FROM changes c
        JOIN usage_events e ON e.tenant_id = c.tenant_id AND e.occurred_at = c.at AND e.id = c.event_id
        CROSS JOIN LATERAL jsonb_populate_record(e, c.prices || jsonb_build_object(
          'id', c.adjustment_id, 'occurred_at', CASE WHEN c.locked THEN now() ELSE c.at END,
          'adjusts', c.event_id, 'belongs_at', CASE WHEN c.locked THEN c.at END,
          'attempt', 0, 'cost_pico_usd', c.delta, 'unpriced', c.priced, 'usage_reported', true, 'estimated', false,
          'reservation_id', NULL, 'aws_request_id', NULL, 'input_tokens', NULL, 'output_tokens', NULL,
          'cache_read_tokens', NULL, 'cache_write_5m_tokens', NULL, 'cache_write_1h_tokens', NULL,
          'unit_kind', NULL, 'unit_count', NULL, 'latency_ms', NULL, 'first_byte_ms', NULL, 'settled_at', now()
        )) a
      )
      SELECT count(*) FILTER (WHERE locked)::integer AS later FROM changes`;
    return row?.later ?? 0;
  }
}

function toRatedRow({ cost, attempted, unit_kind: unitKind, unit_count: unitCount, ...row }: Row): RatedRow {
  return {
    ...row,
    occurredAt: attempted.toISOString(),
    costPicoUsd: cost === null ? null : BigInt(cost),
    ...(unitKind === null || unitCount === null ? {} : { unitKind, unitCount }),
  };
}

function toChange({ event, rating, delta, priced }: Adjustment): object {
  return {
    tenant_id: event.tenantId,
    event_id: event.id,
    at: event.at,
    revision: event.revision + 1,
    delta: delta.toString(),
    priced,
    prices: {
      price_input: rating.priceInput,
      price_output: rating.priceOutput,
      price_cache_read: rating.priceCacheRead,
      price_cache_write_5m: rating.priceCacheWrite5m,
      price_cache_write_1h: rating.priceCacheWrite1h,
      price_unit: rating.priceUnit ?? null,
    },
  };
}
