-- Sums over all tenants and keys: what an operator looks at first, without reading the rows of every tenant.
-- CreateTable
CREATE TABLE "usage_overall" (
    "unit" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(6) NOT NULL,
    "series_id" UUID NOT NULL,
    "requests" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "attempts_without_usage" BIGINT NOT NULL,
    "estimated_attempts" BIGINT NOT NULL,
    "unpriced_attempts" BIGINT NOT NULL,
    "cost_pico_usd" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "usage_overall_pkey" PRIMARY KEY ("unit","starts_at","series_id")
);

ALTER TABLE usage_overall SET (fillfactor = 75);

-- Triggers, so that the sums are those of the events at every commit, whoever writes them. Every statement writes tables and
-- rows in the same order: replicas that write at the same time wait for each other and never deadlock. The few rows of
-- usage_overall are what all of them add to, so each connection has one of eight series of its own: the key of a series
-- of no tenant.
DO $do$
DECLARE
  dimensions constant text := 'key_id, resolved_model, model, family, region, operation, outcome, tags, tenant_name, key_name';
  measures constant text := 'requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd';
  summed text;
  added text;
  -- $1 events with the column sign
  sums_of text;
  write_series text;
  write_hourly text;
  write_daily text;
  write_monthly text;
  write_overall text;
BEGIN
  SELECT string_agg(format('sum(%1$s) AS %1$s', m), ', '), string_agg(format('%1$s = r.%1$s + excluded.%1$s', m), ', ')
  INTO summed, added FROM regexp_split_to_table(measures, ',\s*') m;

  sums_of := $q$
    SELECT *, usage_series_id(key_id, resolved_model, model, family, region, operation, outcome, tags::text, tenant_name, key_name) AS series_id,
      usage_series_id('overall', shard, resolved_model, model, family, region, operation, outcome) AS overall_id
    FROM (
      SELECT mod(pg_backend_pid(), 8)::text AS shard, tenant_id, date_trunc('hour', occurred_at, 'UTC') AS hour, $q$ || dimensions || $q$,
        sum(sign * (attempt = 1)::integer) AS requests,
        sum(sign) AS attempts,
        sum(sign * coalesce(input_tokens, 0)) AS input_tokens,
        sum(sign * coalesce(output_tokens, 0)) AS output_tokens,
        sum(sign * coalesce(cache_read_tokens, 0)) AS cache_read_tokens,
        sum(sign * coalesce(cache_write_5m_tokens, 0)) AS cache_write_5m_tokens,
        sum(sign * coalesce(cache_write_1h_tokens, 0)) AS cache_write_1h_tokens,
        sum(sign * (NOT usage_reported AND outcome <> 'error')::integer) AS attempts_without_usage,
        sum(sign * estimated::integer) AS estimated_attempts,
        sum(sign * unpriced::integer) AS unpriced_attempts,
        sum(sign * coalesce(cost_pico_usd, 0)) AS cost_pico_usd
      FROM (%s) e GROUP BY tenant_id, 3, $q$ || dimensions || $q$
    ) s $q$;
  write_series := format('INSERT INTO usage_series (tenant_id, id, %1$s)
    SELECT DISTINCT ON (tenant_id, series_id) tenant_id, series_id, %1$s FROM (
      SELECT tenant_id, series_id, %1$s FROM sums
      UNION ALL SELECT '''', overall_id, shard, resolved_model, model, family, region, operation, outcome, ''{}'', '''', '''' FROM sums
    ) s ORDER BY tenant_id, series_id
    ON CONFLICT DO NOTHING', dimensions);
  write_hourly := format('INSERT INTO usage_hourly AS r (tenant_id, hour, series_id, %1$s)
    SELECT tenant_id, hour, series_id, %1$s FROM sums ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, hour, series_id) DO UPDATE SET %2$s', measures, added);
  write_daily := format('INSERT INTO usage_daily AS r (tenant_id, day, series_id, %1$s)
    SELECT tenant_id, date_trunc(''day'', hour, ''UTC''), series_id, %3$s FROM sums GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, day, series_id) DO UPDATE SET %2$s', measures, added, summed);
  write_monthly := format('INSERT INTO usage_monthly AS r (tenant_id, month, series_id, %1$s)
    SELECT tenant_id, date_trunc(''month'', hour, ''UTC''), series_id, %3$s FROM sums GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, month, series_id) DO UPDATE SET %2$s', measures, added, summed);

  write_overall := format('INSERT INTO usage_overall AS r (unit, starts_at, series_id, %1$s)
    SELECT unit, date_trunc(unit, hour, ''UTC''), overall_id, %3$s FROM sums, unnest(ARRAY[''day'', ''hour'', ''month'']) unit
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (unit, starts_at, series_id) DO UPDATE SET %2$s', measures, added, summed);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_add() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s), monthly AS (%s) %s;
      RETURN NULL;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM new_events'), write_series, write_hourly, write_daily, write_monthly, write_overall);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_replace() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s), monthly AS (%s) %s;
      -- Only a lost event is ever replaced, by the report of its own writer; no trace of the loss stays.
      DELETE FROM usage_hourly r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.hour = date_trunc('hour', o.occurred_at, 'UTC');
      DELETE FROM usage_daily r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.day = date_trunc('day', o.occurred_at, 'UTC');
      DELETE FROM usage_monthly r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.month = date_trunc('month', o.occurred_at, 'UTC');
      RETURN NULL;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events'),
    write_series, write_hourly, write_daily, write_monthly, write_overall);

  EXECUTE format($f$
    -- Writes the hours and the day of one tenant, or of all with null, anew from the events. Those of tenants whose
    -- events of that day have been deleted stay as they are. Only writers of the same month wait.
    CREATE OR REPLACE FUNCTION usage_rebuild_day(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := date_trunc('day', at, 'UTC');
      ends timestamptz := date_trunc('day', at, 'UTC') + interval '24 hours';
      gone text[] := ARRAY(SELECT tenant_id FROM usage_horizons WHERE before > starts);
    BEGIN
      IF '' = ANY(gone) THEN
        RETURN;
      END IF;
      PERFORM usage_lock_month(starts);
      DELETE FROM usage_hourly WHERE hour >= starts AND hour < ends
        AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone);
      DELETE FROM usage_daily WHERE day = starts AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone);
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s) %s;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM usage_events WHERE occurred_at >= starts AND occurred_at < ends
      AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone)'),
    write_series, write_hourly, write_daily);

  EXECUTE format($f$
    -- Writes what all tenants together have used on a day, anew from the hours of each.
    CREATE FUNCTION usage_rebuild_overall_day(at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := date_trunc('day', at, 'UTC');
      ends timestamptz := date_trunc('day', at, 'UTC') + interval '24 hours';
    BEGIN
      PERFORM usage_lock_month(starts);
      DELETE FROM usage_overall WHERE unit IN ('hour', 'day') AND starts_at >= starts AND starts_at < ends;
      WITH sums AS MATERIALIZED (
        SELECT '0' AS shard, hour, resolved_model, model, family, region, operation, outcome, %2$s,
          usage_series_id('overall', '0', resolved_model, model, family, region, operation, outcome) AS overall_id
        FROM usage_hourly h JOIN usage_series s ON s.tenant_id = h.tenant_id AND s.id = h.series_id
        WHERE hour >= starts AND hour < ends GROUP BY hour, resolved_model, model, family, region, operation, outcome
      ), series AS (
        INSERT INTO usage_series (tenant_id, id, %3$s)
        SELECT DISTINCT '', overall_id, shard, resolved_model, model, family, region, operation, outcome, '{}'::jsonb, '', '' FROM sums
        ON CONFLICT DO NOTHING
      )
      INSERT INTO usage_overall (unit, starts_at, series_id, %1$s)
        SELECT unit, date_trunc(unit, hour, 'UTC'), overall_id, %2$s FROM sums, unnest(ARRAY['day', 'hour']) unit GROUP BY 1, 2, 3;
    END $body$ $f$, measures, summed, dimensions);

  EXECUTE format($f$
    -- Writes a month of one tenant anew from its days or, with null, of all tenants, apart and together.
    CREATE OR REPLACE FUNCTION usage_rebuild_month(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := usage_month_after(at, 0);
      ends timestamptz := usage_month_after(at, 1);
    BEGIN
      PERFORM usage_lock_month(starts);
      DELETE FROM usage_monthly WHERE month = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_monthly (tenant_id, month, series_id, %1$s)
        SELECT tenant_id, starts, series_id, %2$s FROM usage_daily
        WHERE day >= starts AND day < ends AND (tenant IS NULL OR tenant_id = tenant) GROUP BY tenant_id, series_id;
      IF tenant IS NULL THEN
        DELETE FROM usage_overall WHERE unit = 'month' AND starts_at = starts;
        INSERT INTO usage_overall (unit, starts_at, series_id, %1$s)
          SELECT 'month', starts, series_id, %2$s FROM usage_overall
          WHERE unit = 'day' AND starts_at >= starts AND starts_at < ends GROUP BY series_id;
      END IF;
    END $body$ $f$, measures, summed);
END $do$;

SELECT usage_rebuild_overall_day(day) FROM (SELECT DISTINCT day FROM usage_daily) days;
SELECT usage_rebuild_month(NULL, month) FROM (SELECT DISTINCT month FROM usage_monthly) months;
