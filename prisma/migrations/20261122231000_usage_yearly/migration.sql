-- CreateTable
CREATE TABLE "usage_yearly" (
    "tenant_id" TEXT NOT NULL,
    "year" TIMESTAMPTZ(6) NOT NULL,
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

    CONSTRAINT "usage_yearly_pkey" PRIMARY KEY ("tenant_id","year","series_id")
);

-- CreateIndex
CREATE INDEX "usage_yearly_year_idx" ON "usage_yearly"("year");

ALTER TABLE usage_yearly SET (fillfactor = 75);

-- What it calls is stable, and only a function that says so too becomes part of the query that calls it: an id takes half
-- the time then.
ALTER FUNCTION usage_series_id(text[]) STABLE;

-- The triggers as they were, and the sums of years.
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
  write_yearly text;
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
        sum(sign * (attempt > 0)::integer) AS attempts,
        sum(sign * coalesce(input_tokens, 0)) AS input_tokens,
        sum(sign * coalesce(output_tokens, 0)) AS output_tokens,
        sum(sign * coalesce(cache_read_tokens, 0)) AS cache_read_tokens,
        sum(sign * coalesce(cache_write_5m_tokens, 0)) AS cache_write_5m_tokens,
        sum(sign * coalesce(cache_write_1h_tokens, 0)) AS cache_write_1h_tokens,
        sum(sign * (NOT usage_reported AND outcome <> 'error')::integer) AS attempts_without_usage,
        sum(sign * estimated::integer) AS estimated_attempts,
        sum(sign * unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END) AS unpriced_attempts,
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
  write_yearly := format('INSERT INTO usage_yearly AS r (tenant_id, year, series_id, %1$s)
    SELECT tenant_id, date_trunc(''year'', hour, ''UTC''), series_id, %3$s FROM sums GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, year, series_id) DO UPDATE SET %2$s', measures, added, summed);

  write_overall := format('INSERT INTO usage_overall AS r (unit, starts_at, series_id, %1$s)
    SELECT unit, date_trunc(unit, hour, ''UTC''), overall_id, %3$s FROM sums, unnest(ARRAY[''day'', ''hour'', ''month'']) unit
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (unit, starts_at, series_id) DO UPDATE SET %2$s', measures, added, summed);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_add() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s), monthly AS (%s), yearly AS (%s) %s;
      RETURN NULL;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM new_events'), write_series, write_hourly, write_daily, write_monthly, write_yearly, write_overall);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_replace() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s), monthly AS (%s), yearly AS (%s) %s;
      -- Only a lost event is ever replaced, by the report of its own writer; no trace of the loss stays.
      DELETE FROM usage_hourly r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.hour = date_trunc('hour', o.occurred_at, 'UTC');
      DELETE FROM usage_daily r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.day = date_trunc('day', o.occurred_at, 'UTC');
      DELETE FROM usage_monthly r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.month = date_trunc('month', o.occurred_at, 'UTC');
      DELETE FROM usage_yearly r USING old_events o
      WHERE r.attempts = 0 AND r.cost_pico_usd = 0 AND r.tenant_id = o.tenant_id AND r.year = date_trunc('year', o.occurred_at, 'UTC');
      RETURN NULL;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events'),
    write_series, write_hourly, write_daily, write_monthly, write_yearly, write_overall);

  EXECUTE format($f$
    -- Writes a year of one tenant, or of all with null, anew from its months. Nobody writes events until the end of the
    -- transaction. Nothing else may be locked before.
    CREATE FUNCTION usage_rebuild_year(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := date_trunc('year', at, 'UTC');
    BEGIN
      LOCK TABLE usage_yearly IN SHARE ROW EXCLUSIVE MODE;
      DELETE FROM usage_yearly WHERE year = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_yearly (tenant_id, year, series_id, %s)
        SELECT tenant_id, starts, series_id, %s FROM usage_monthly
        WHERE month >= starts AND month < date_trunc('year', starts + interval '366 days', 'UTC')
          AND (tenant IS NULL OR tenant_id = tenant) GROUP BY tenant_id, series_id;
    END $body$ $f$, measures, summed);
END $do$;

SELECT usage_rebuild_year(NULL, year) FROM (SELECT DISTINCT date_trunc('year', month, 'UTC') AS year FROM usage_monthly) years;
