-- CreateTable
CREATE TABLE "usage_recent" (
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

    CONSTRAINT "usage_recent_pkey" PRIMARY KEY ("tenant_id","hour","series_id")
);

-- Few rows that change often: room for their next versions, and a vacuum after some thousand of them.
ALTER TABLE usage_recent SET (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000
);

-- Triggers, so that the sums are those of the events at every commit, whoever writes them. They add to usage_recent alone: one
-- row where hours, days, months, years and those of all tenants would be seven. A fold moves what is there into these.
DO $do$
DECLARE
  dimensions constant text := 'key_id, resolved_model, model, family, region, operation, outcome, tags, tenant_name, key_name';
  overall_dimensions constant text := 'resolved_model, model, family, region, operation, outcome';
  measures constant text := 'requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd';
  summed text;
  added text;
  -- A sum that is nothing is not kept: a lost event that was replaced leaves no trace, folded or rebuilt.
  is_something text;
  has_sum text;
  is_nothing text;
  -- $1 events with the column sign
  sums_of text;
  write_series text;
  write_recent text;
  write_overall_series text;
BEGIN
  SELECT string_agg(format('sum(%1$s) AS %1$s', m), ', '), string_agg(format('%1$s = r.%1$s + excluded.%1$s', m), ', '),
    string_agg(m || ' <> 0', ' OR '), string_agg(format('sum(%s) <> 0', m), ' OR '), string_agg(format('r.%s = 0', m), ' AND ')
  INTO summed, added, is_something, has_sum, is_nothing FROM regexp_split_to_table(measures, ',\s*') m;

  sums_of := $q$
    SELECT tenant_id, hour, usage_series_id(key_id, resolved_model, model, family, region, operation, outcome, tags::text,
      tenant_name, key_name) AS series_id, $q$ || dimensions || ', ' || measures || $q$
    FROM (
      SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC') AS hour, $q$ || dimensions || $q$,
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
      FROM (%s) e GROUP BY tenant_id, 2, $q$ || dimensions || $q$
    ) s WHERE $q$ || is_something;
  -- Nearly every series is there: to look first costs less than to insert in vain.
  write_series := format('INSERT INTO usage_series (tenant_id, id, %1$s)
    SELECT DISTINCT ON (tenant_id, series_id) tenant_id, series_id, %1$s FROM sums
    WHERE NOT EXISTS (SELECT FROM usage_series k WHERE k.tenant_id = sums.tenant_id AND k.id = sums.series_id)
    ORDER BY tenant_id, series_id
    ON CONFLICT DO NOTHING', dimensions);
  -- In order, so that replicas that write at the same time wait for each other and never deadlock.
  write_recent := format('INSERT INTO usage_recent AS r (tenant_id, hour, series_id, %1$s)
    SELECT tenant_id, hour, series_id, %1$s FROM sums ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, hour, series_id) DO UPDATE SET %2$s', measures, added);
  write_overall_series := format('INSERT INTO usage_series (tenant_id, id, key_id, %1$s, tags, tenant_name, key_name)
    SELECT DISTINCT '''', overall_id, ''0'', %1$s, ''{}''::jsonb, '''', '''' FROM together
    ON CONFLICT DO NOTHING', overall_dimensions);

  EXECUTE format('CREATE OR REPLACE VIEW usage_hourly_of_events AS SELECT tenant_id, hour, series_id, %s FROM (%s) s',
    measures, format(sums_of, 'SELECT 1 AS sign, * FROM usage_events'));

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_add() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s) %s;
      RETURN NULL;
    END $body$ $f$, format(sums_of, 'SELECT 1 AS sign, * FROM new_events'), write_series, write_recent);

  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION usage_rollup_replace() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      WITH sums AS MATERIALIZED (%s), series AS (%s) %s;
      RETURN NULL;
    END $body$ $f$, format(sums_of, 'SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events'),
    write_series, write_recent);

  EXECUTE format($f$
    -- Moves what usage_recent holds of a range, of one tenant or, with null, of all, into the sums of hours, days, months and
    -- years: at most so many rows, with null all of them. Answers how many. One statement, so that every report counts a row
    -- once. Rows that are just being added to stay for the next time. The caller holds the lock of `usage_take_sums`.
    CREATE FUNCTION usage_fold_range(tenant text, starts timestamptz, ends timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql AS $body$
    DECLARE
      folded usage_recent[];
    BEGIN
      WITH taken AS (
        DELETE FROM usage_recent r USING (
          SELECT tenant_id, hour, series_id FROM usage_recent
          WHERE hour >= starts AND hour < ends AND (tenant IS NULL OR tenant_id = tenant)
          ORDER BY 1, 2, 3 LIMIT most FOR UPDATE SKIP LOCKED
        ) t
        WHERE r.tenant_id = t.tenant_id AND r.hour = t.hour AND r.series_id = t.series_id RETURNING r.*
      ),
      hourly AS (
        INSERT INTO usage_hourly AS r (tenant_id, hour, series_id, %1$s) SELECT tenant_id, hour, series_id, %1$s FROM taken
        ON CONFLICT (tenant_id, hour, series_id) DO UPDATE SET %3$s
      ),
      daily AS (
        INSERT INTO usage_daily AS r (tenant_id, day, series_id, %1$s)
        SELECT tenant_id, date_trunc('day', hour, 'UTC'), series_id, %2$s FROM taken GROUP BY 1, 2, 3
        ON CONFLICT (tenant_id, day, series_id) DO UPDATE SET %3$s
      ),
      monthly AS (
        INSERT INTO usage_monthly AS r (tenant_id, month, series_id, %1$s)
        SELECT tenant_id, date_trunc('month', hour, 'UTC'), series_id, %2$s FROM taken GROUP BY 1, 2, 3
        ON CONFLICT (tenant_id, month, series_id) DO UPDATE SET %3$s
      ),
      yearly AS (
        INSERT INTO usage_yearly AS r (tenant_id, year, series_id, %1$s)
        SELECT tenant_id, date_trunc('year', hour, 'UTC'), series_id, %2$s FROM taken GROUP BY 1, 2, 3
        ON CONFLICT (tenant_id, year, series_id) DO UPDATE SET %3$s
      ),
      together AS MATERIALIZED (
        SELECT *, usage_series_id('overall', '0', %4$s) AS overall_id FROM (
          SELECT hour, %4$s, %2$s FROM taken t JOIN (SELECT tenant_id AS of, id, %4$s FROM usage_series) s
            ON s.of = t.tenant_id AND s.id = t.series_id
          GROUP BY hour, %4$s
        ) g
      ),
      series AS (%5$s),
      overall AS (
        INSERT INTO usage_overall AS r (unit, starts_at, series_id, %1$s)
        SELECT unit, date_trunc(unit, hour, 'UTC'), overall_id, %2$s FROM together, unnest(ARRAY['day', 'hour', 'month']) unit
        GROUP BY 1, 2, 3
        ON CONFLICT (unit, starts_at, series_id) DO UPDATE SET %3$s
      )
      SELECT array_agg(ROW(t.*)::usage_recent) INTO folded FROM taken t;
      IF EXISTS (SELECT FROM unnest(folded) f WHERE f.attempts <= 0) THEN
        DELETE FROM usage_hourly r USING unnest(folded) f WHERE r.tenant_id = f.tenant_id
          AND r.hour = f.hour AND r.series_id = f.series_id AND %6$s;
        DELETE FROM usage_daily r USING unnest(folded) f WHERE r.tenant_id = f.tenant_id
          AND r.day = date_trunc('day', f.hour, 'UTC') AND r.series_id = f.series_id AND %6$s;
        DELETE FROM usage_monthly r USING unnest(folded) f WHERE r.tenant_id = f.tenant_id
          AND r.month = date_trunc('month', f.hour, 'UTC') AND r.series_id = f.series_id AND %6$s;
        DELETE FROM usage_yearly r USING unnest(folded) f WHERE r.tenant_id = f.tenant_id
          AND r.year = date_trunc('year', f.hour, 'UTC') AND r.series_id = f.series_id AND %6$s;
        DELETE FROM usage_overall r USING unnest(folded) f, unnest(ARRAY['day', 'hour', 'month']) u
        WHERE r.unit = u AND r.starts_at = date_trunc(u, f.hour, 'UTC') AND %6$s;
      END IF;
      RETURN coalesce(cardinality(folded), 0);
    END $body$ $f$, measures, summed, added, overall_dimensions, write_overall_series, is_nothing);

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
      PERFORM usage_take_sums();
      -- Months and years keep what comes of it.
      PERFORM usage_fold_range(tenant, starts, ends, NULL);
      DELETE FROM usage_hourly WHERE hour >= starts AND hour < ends
        AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone);
      DELETE FROM usage_daily WHERE day = starts AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone);
      WITH sums AS MATERIALIZED (%1$s), series AS (%2$s), hourly AS (
        INSERT INTO usage_hourly (tenant_id, hour, series_id, %3$s) SELECT tenant_id, hour, series_id, %3$s FROM sums ORDER BY 1, 2, 3
      )
      INSERT INTO usage_daily (tenant_id, day, series_id, %3$s)
        SELECT tenant_id, starts, series_id, %4$s FROM sums GROUP BY 1, 3 HAVING %5$s ORDER BY 1, 3;
    END $body$ $f$,
    format(sums_of, 'SELECT 1 AS sign, * FROM usage_events WHERE occurred_at >= starts AND occurred_at < ends
      AND (tenant IS NULL OR tenant_id = tenant) AND tenant_id <> ALL(gone)'),
    write_series, measures, summed, has_sum);

  EXECUTE format($f$
    -- Writes what all tenants together have used on a day, anew from the hours of each. Nobody waits.
    CREATE OR REPLACE FUNCTION usage_rebuild_overall_day(at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := date_trunc('day', at, 'UTC');
      ends timestamptz := date_trunc('day', at, 'UTC') + interval '24 hours';
    BEGIN
      PERFORM usage_take_sums();
      DELETE FROM usage_overall WHERE unit IN ('hour', 'day') AND starts_at >= starts AND starts_at < ends;
      WITH together AS MATERIALIZED (
        SELECT *, usage_series_id('overall', '0', %3$s) AS overall_id FROM (
          SELECT hour, %3$s, %2$s FROM usage_hourly h JOIN (SELECT tenant_id AS of, id, %3$s FROM usage_series) s
            ON s.of = h.tenant_id AND s.id = h.series_id
          WHERE hour >= starts AND hour < ends GROUP BY hour, %3$s
        ) g
      ), series AS (%4$s)
      INSERT INTO usage_overall (unit, starts_at, series_id, %1$s)
        SELECT unit, date_trunc(unit, hour, 'UTC'), overall_id, %2$s FROM together, unnest(ARRAY['day', 'hour']) unit
        GROUP BY 1, 2, 3 HAVING %5$s;
    END $body$ $f$, measures, summed, overall_dimensions, write_overall_series, has_sum);

  EXECUTE format($f$
    -- Writes a month of one tenant anew from its days or, with null, of all tenants, apart and together. Nobody waits.
    CREATE OR REPLACE FUNCTION usage_rebuild_month(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := usage_month_after(at, 0);
      ends timestamptz := usage_month_after(at, 1);
    BEGIN
      PERFORM usage_take_sums();
      DELETE FROM usage_monthly WHERE month = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_monthly (tenant_id, month, series_id, %1$s)
        SELECT tenant_id, starts, series_id, %2$s FROM usage_daily
        WHERE day >= starts AND day < ends AND (tenant IS NULL OR tenant_id = tenant) GROUP BY tenant_id, series_id HAVING %3$s;
      IF tenant IS NULL THEN
        DELETE FROM usage_overall WHERE unit = 'month' AND starts_at = starts;
        INSERT INTO usage_overall (unit, starts_at, series_id, %1$s)
          SELECT 'month', starts, series_id, %2$s FROM usage_overall
          WHERE unit = 'day' AND starts_at >= starts AND starts_at < ends GROUP BY series_id HAVING %3$s;
      END IF;
    END $body$ $f$, measures, summed, has_sum);

  EXECUTE format($f$
    -- Writes a year of one tenant, or of all with null, anew from its months. Nobody waits.
    CREATE OR REPLACE FUNCTION usage_rebuild_year(tenant text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      starts timestamptz := date_trunc('year', at, 'UTC');
    BEGIN
      PERFORM usage_take_sums();
      DELETE FROM usage_yearly WHERE year = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_yearly (tenant_id, year, series_id, %1$s)
        SELECT tenant_id, starts, series_id, %2$s FROM usage_monthly
        WHERE month >= starts AND month < date_trunc('year', starts + interval '366 days', 'UTC')
          AND (tenant IS NULL OR tenant_id = tenant) GROUP BY tenant_id, series_id HAVING %3$s;
    END $body$ $f$, measures, summed, has_sum);
END $do$;

-- Until the end of the transaction nobody else folds or rebuilds. Any constant serves.
CREATE FUNCTION usage_take_sums() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7214600304) $$;

-- One step of folding: at most so many rows. Answers how many, 0 while another folds or rebuilds.
CREATE FUNCTION usage_fold(most integer) RETURNS integer LANGUAGE sql AS $$
  SELECT CASE WHEN pg_try_advisory_xact_lock(7214600304)
    THEN usage_fold_range(NULL, '-infinity', 'infinity', most) ELSE 0 END
$$;

-- What a budget's current window had cost before the budget was there: whole months, days and hours of their sums, and
-- the rest of the events. The caller has locked the ledger, so that no event falls between this and the trigger.
CREATE OR REPLACE FUNCTION budget_spent_before(tenant text, key text, priced_model text, call_tags jsonb, start timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
  WITH bounds AS (
    SELECT date_trunc('hour', start + interval '1 hour' - interval '1 microsecond', 'UTC') AS first_hour,
      date_trunc('day', start + interval '24 hours' - interval '1 microsecond', 'UTC') AS first_day,
      CASE WHEN start = usage_month_after(start, 0) THEN start ELSE usage_month_after(start, 1) END AS first_month
  ),
  sums AS (
    SELECT m.tenant_id, m.series_id, m.cost_pico_usd FROM usage_monthly m, bounds WHERE m.month >= first_month
    UNION ALL
    SELECT d.tenant_id, d.series_id, d.cost_pico_usd FROM usage_daily d, bounds
    WHERE d.day >= first_day AND d.day < first_month
    UNION ALL
    SELECT h.tenant_id, h.series_id, h.cost_pico_usd FROM usage_hourly h, bounds
    WHERE h.hour >= first_hour AND h.hour < first_day
    UNION ALL
    SELECT r.tenant_id, r.series_id, r.cost_pico_usd FROM usage_recent r, bounds WHERE r.hour >= first_hour
  )
  SELECT coalesce(sum(cost), 0) FROM (
    SELECT u.cost_pico_usd AS cost FROM sums u JOIN usage_series s ON s.tenant_id = u.tenant_id AND s.id = u.series_id
    WHERE (tenant = '' OR u.tenant_id = tenant) AND (key = '' OR s.key_id = key)
      AND (priced_model = '' OR s.model = priced_model) AND s.tags @> call_tags
    UNION ALL
    SELECT e.cost_pico_usd FROM usage_events e, bounds
    WHERE e.occurred_at >= start AND e.occurred_at < first_hour AND (tenant = '' OR e.tenant_id = tenant)
      AND (key = '' OR e.key_id = key) AND (priced_model = '' OR e.model = priced_model) AND e.tags @> call_tags
  ) costs
$$;
