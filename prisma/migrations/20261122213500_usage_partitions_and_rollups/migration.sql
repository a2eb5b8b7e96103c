-- usage_events becomes partitioned by month (UTC). Prisma's schema cannot say so; the statements below are written by hand.
DROP VIEW usage_hourly_of_events;
ALTER TABLE usage_events RENAME TO usage_events_whole;
ALTER TABLE usage_events_whole RENAME CONSTRAINT usage_events_pkey TO usage_events_whole_pkey;
ALTER INDEX usage_events_tenant_id_key_id_occurred_at_idx RENAME TO usage_events_whole_key_idx;
ALTER INDEX usage_events_occurred_at_idx RENAME TO usage_events_whole_occurred_at_idx;

CREATE TABLE usage_events (LIKE usage_events_whole INCLUDING DEFAULTS) PARTITION BY RANGE (occurred_at);
ALTER TABLE usage_events ADD CONSTRAINT usage_events_pkey PRIMARY KEY (tenant_id, occurred_at, id);
CREATE INDEX usage_events_tenant_id_key_id_occurred_at_idx ON usage_events (tenant_id, key_id, occurred_at);
CREATE INDEX usage_events_occurred_at_idx ON usage_events (occurred_at);

-- Nothing is ever refused for want of a partition: what has none goes here, and into its own once that is made.
CREATE TABLE usage_events_default PARTITION OF usage_events DEFAULT;

CREATE FUNCTION usage_month_after(at timestamptz, months integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT (date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => months)) AT TIME ZONE 'UTC'
$$;

-- Adds the partition of the month of a moment. Answers false when it is there.
CREATE FUNCTION usage_events_add_month(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  starts timestamptz := usage_month_after(at, 0);
  ends timestamptz := usage_month_after(at, 1);
  partition text := 'usage_events_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- Attached, not created in place: that would lock out the readers and writers of all other months.
  EXECUTE format('CREATE TABLE %I (LIKE usage_events INCLUDING DEFAULTS)', partition);
  -- The triggers of usage_events do not see this: the rows were counted when they came.
  EXECUTE format('WITH moved AS (DELETE FROM usage_events_default WHERE occurred_at >= %L AND occurred_at < %L RETURNING *)
    INSERT INTO %I SELECT * FROM moved', starts, ends, partition);
  EXECUTE format('ALTER TABLE usage_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, starts, ends);
  RETURN true;
END $$;

SELECT usage_events_add_month(month)
FROM generate_series(
  (SELECT date_trunc('month', coalesce(least(min(occurred_at), now()), now()) AT TIME ZONE 'UTC') FROM usage_events_whole),
  now() AT TIME ZONE 'UTC' + interval '2 months', interval '1 month'
) local, LATERAL (SELECT local AT TIME ZONE 'UTC' AS month) m;

INSERT INTO usage_events SELECT * FROM usage_events_whole;
DROP TABLE usage_events_whole;

CREATE TRIGGER usage_events_budget_insert AFTER INSERT ON usage_events
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION budget_charge_inserted();
CREATE TRIGGER usage_events_budget_update AFTER UPDATE ON usage_events
  REFERENCING OLD TABLE AS old_events NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION budget_charge_updated();

-- CreateTable
CREATE TABLE "usage_horizons" (
    "tenant_id" TEXT NOT NULL DEFAULT '',
    "before" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "usage_horizons_pkey" PRIMARY KEY ("tenant_id")
);

-- The rollups, anew: what they are grouped by is kept once in usage_series, and the sums by hour, day and month.
DROP FUNCTION usage_hourly_add;
DROP FUNCTION usage_hourly_replace;
DROP TABLE usage_hourly;

-- CreateTable
CREATE TABLE "usage_series" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "key_id" TEXT NOT NULL,
    "resolved_model" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "family" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "tags" JSONB NOT NULL,
    "tenant_name" TEXT NOT NULL,
    "key_name" TEXT NOT NULL,

    CONSTRAINT "usage_series_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "usage_hourly" (
    "tenant_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(6) NOT NULL,
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

    CONSTRAINT "usage_hourly_pkey" PRIMARY KEY ("tenant_id","hour","series_id")
);

-- CreateTable
CREATE TABLE "usage_daily" (
    "tenant_id" TEXT NOT NULL,
    "day" TIMESTAMPTZ(6) NOT NULL,
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

    CONSTRAINT "usage_daily_pkey" PRIMARY KEY ("tenant_id","day","series_id")
);

-- CreateTable
CREATE TABLE "usage_monthly" (
    "tenant_id" TEXT NOT NULL,
    "month" TIMESTAMPTZ(6) NOT NULL,
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

    CONSTRAINT "usage_monthly_pkey" PRIMARY KEY ("tenant_id","month","series_id")
);

-- CreateIndex
CREATE INDEX "usage_hourly_hour_idx" ON "usage_hourly"("hour");

-- CreateIndex
CREATE INDEX "usage_daily_day_idx" ON "usage_daily"("day");

-- CreateIndex
CREATE INDEX "usage_monthly_month_idx" ON "usage_monthly"("month");

-- Room on each page for the next version of a row, so that adding to a sum touches no index.
ALTER TABLE usage_hourly SET (fillfactor = 85);
ALTER TABLE usage_daily SET (fillfactor = 75);
ALTER TABLE usage_monthly SET (fillfactor = 75);

-- The id follows from what it stands for, so that nobody has to look it up and a rebuild finds the same.
CREATE FUNCTION usage_series_id(VARIADIC parts text[]) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(array_to_json(parts)::text, 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- Triggers, so that the sums are those of the events at every commit, whoever writes them. Every statement writes tables and
-- rows in the same order: replicas that write at the same time wait for each other and never deadlock.
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
BEGIN
  SELECT string_agg(format('sum(%1$s) AS %1$s', m), ', '), string_agg(format('%1$s = r.%1$s + excluded.%1$s', m), ', ')
  INTO summed, added FROM regexp_split_to_table(measures, ',\s*') m;

  sums_of := $q$
    SELECT *, usage_series_id(key_id, resolved_model, model, family, region, operation, outcome, tags::text, tenant_name, key_name) AS series_id
    FROM (
      SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC') AS hour, $q$ || dimensions || $q$,
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
      FROM (%s) e GROUP BY tenant_id, 2, $q$ || dimensions || $q$
    ) s $q$;
  write_series := format('INSERT INTO usage_series (tenant_id, id, %1$s)
    SELECT DISTINCT ON (tenant_id, series_id) tenant_id, series_id, %1$s FROM sums ORDER BY tenant_id, series_id
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

  EXECUTE format('CREATE VIEW usage_hourly_of_events AS SELECT tenant_id, hour, series_id, %s FROM (%s) s',
    measures, format(sums_of, 'SELECT 1 AS sign, * FROM usage_events'));

  EXECUTE format($f$
    CREATE FUNCTION usage_rollup_add() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s) %s;
      RETURN NULL;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM new_events'), write_series, write_hourly, write_daily, write_monthly);

  EXECUTE format($f$
    CREATE FUNCTION usage_rollup_replace() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s), hourly AS (%s), daily AS (%s) %s;
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
    write_series, write_hourly, write_daily, write_monthly);

  EXECUTE format($f$
    -- Writes the hours and the day of one tenant, or of all with null, anew from the events. Those of tenants whose
    -- events of that day have been deleted stay as they are. Only writers of the same month wait.
    CREATE FUNCTION usage_rebuild_day(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
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
    -- Writes a month of one tenant, or of all with null, anew from its days.
    CREATE FUNCTION usage_rebuild_month(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := usage_month_after(at, 0);
      ends timestamptz := usage_month_after(at, 1);
    BEGIN
      PERFORM usage_lock_month(starts);
      DELETE FROM usage_monthly WHERE month = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_monthly (tenant_id, month, series_id, %s)
        SELECT tenant_id, starts, series_id, %s FROM usage_daily
        WHERE day >= starts AND day < ends AND (tenant IS NULL OR tenant_id = tenant) GROUP BY tenant_id, series_id;
    END $body$ $f$, measures, summed);
END $do$;

-- Until the end of the transaction nobody writes events of this month. Nothing else may be locked before.
CREATE FUNCTION usage_lock_month(at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'usage_events_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  IF to_regclass(partition) IS NULL THEN
    partition := 'usage_events_default';
  END IF;
  EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', partition);
END $$;

CREATE TRIGGER usage_events_rollup_insert AFTER INSERT ON usage_events
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION usage_rollup_add();
CREATE TRIGGER usage_events_rollup_update AFTER UPDATE ON usage_events
  REFERENCING OLD TABLE AS old_events NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION usage_rollup_replace();

SELECT usage_rebuild_day(NULL, day AT TIME ZONE 'UTC')
FROM (SELECT DISTINCT date_trunc('day', occurred_at AT TIME ZONE 'UTC') AS day FROM usage_events) days;
SELECT usage_rebuild_month(NULL, month) FROM (SELECT DISTINCT usage_month_after(occurred_at, 0) AS month FROM usage_events) months;

-- The sums of hours know their model through usage_series now.
CREATE OR REPLACE FUNCTION budget_spent_before(tenant text, key text, priced_model text, start timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(cost), 0) FROM (
    SELECT cost_pico_usd AS cost FROM usage_hourly h
    JOIN usage_series s ON s.tenant_id = h.tenant_id AND s.id = h.series_id
    WHERE h.hour >= start AND (tenant = '' OR h.tenant_id = tenant) AND (key = '' OR s.key_id = key)
      AND (priced_model = '' OR s.model = priced_model)
    UNION ALL
    SELECT cost_pico_usd FROM usage_events e
    WHERE e.occurred_at >= start
      AND e.occurred_at < date_trunc('hour', start + interval '1 hour' - interval '1 microsecond', 'UTC')
      AND (tenant = '' OR e.tenant_id = tenant) AND (key = '' OR e.key_id = key)
      AND (priced_model = '' OR e.model = priced_model)
  ) costs
$$;
