-- CreateTable
CREATE TABLE "usage_by_tenant" (
    "unit" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(6) NOT NULL,
    "series_id" UUID NOT NULL,
    "requests" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "attempts_without_usage" BIGINT NOT NULL,
    "estimated_attempts" BIGINT NOT NULL,
    "unpriced_attempts" BIGINT NOT NULL,
    "cost_pico_usd" DECIMAL(38,0) NOT NULL
);

-- CreateTable
CREATE TABLE "usage_by_key" (
    "unit" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(6) NOT NULL,
    "series_id" UUID NOT NULL,
    "requests" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "attempts_without_usage" BIGINT NOT NULL,
    "estimated_attempts" BIGINT NOT NULL,
    "unpriced_attempts" BIGINT NOT NULL,
    "cost_pico_usd" DECIMAL(38,0) NOT NULL
);

ALTER TABLE usage_by_tenant SET (fillfactor = 75);
ALTER TABLE usage_by_key SET (fillfactor = 75);

-- A fold adds to these sums, too, and who rebuilds the others rebuilds them: hours and days from usage_hourly, the rest from days.
DO $do$
DECLARE
  overall_dimensions constant text := 'resolved_model, model, family, region, operation, outcome';
  measures constant text := 'requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd';
  summed text;
  added text;
  is_nothing text;
  has_sum text;
  -- $1 sums by hour and series, with what their series say
  by_tenant text;
  by_key text;
  -- The series of by_tenant and by_key. Only one fold or rebuild runs at a time, so that nobody deadlocks.
  write_series constant text := $q$
    INSERT INTO usage_series (tenant_id, id, key_id, resolved_model, model, family, region, operation, outcome, tags, tenant_name,
      key_name, since)
    SELECT tenant_id, series_id, key_id, '', '', '', '', operation, '', tags, tenant_name, key_name, min(since) FROM (
      SELECT tenant_id, series_id, '' AS key_id, operation, '{}'::jsonb AS tags, tenant_name, '' AS key_name, since FROM by_tenant
      UNION ALL SELECT tenant_id, series_id, key_id, operation, tags, tenant_name, key_name, since FROM by_key
    ) s WHERE NOT EXISTS (SELECT FROM usage_series k WHERE k.tenant_id = s.tenant_id AND k.id = s.series_id)
    GROUP BY tenant_id, series_id, key_id, operation, tags, tenant_name, key_name
    ON CONFLICT DO NOTHING $q$;
  of_series constant text := $q$
    SELECT r.*, s.*, CASE WHEN outcome IN ('error', 'truncated', 'lost') THEN attempts ELSE 0 END AS errors FROM %s r
    JOIN (SELECT tenant_id AS of, id, key_id, tags, tenant_name, key_name, since, $q$ || overall_dimensions || $q$ FROM usage_series) s
      ON s.of = r.tenant_id AND s.id = r.series_id $q$;
BEGIN
  -- Counts stay integers: those add up several times as fast as the sums that PostgreSQL makes of them.
  SELECT string_agg(format('sum(%1$s)%2$s AS %1$s', m, CASE m WHEN 'cost_pico_usd' THEN '' ELSE '::bigint' END), ', '),
    string_agg(format('%1$s = r.%1$s + excluded.%1$s', m), ', '), string_agg(format('r.%s = 0', m), ' AND '),
    string_agg(format('sum(%s) <> 0', m), ' OR ')
  INTO summed, added, is_nothing, has_sum FROM regexp_split_to_table(measures, ',\s*') m;

  by_tenant := $q$
    SELECT *, usage_series_id('tenant', operation, tenant_name) AS series_id FROM (
      SELECT tenant_id, hour AS at, operation, tenant_name, min(since) AS since, sum(errors)::bigint AS errors, $q$ || summed || $q$
      FROM %s GROUP BY tenant_id, hour, operation, tenant_name
    ) g $q$;
  by_key := $q$
    SELECT *, usage_series_id('key', key_id, operation, tags::text, tenant_name, key_name) AS series_id FROM (
      SELECT tenant_id, date_bin('6 hours', hour, '2000-01-01Z') AS at, key_id, operation, tags, tenant_name, key_name,
        min(since) AS since,
        sum(errors)::bigint AS errors, $q$ || summed || $q$
      FROM %s GROUP BY tenant_id, 2, key_id, operation, tags, tenant_name, key_name
    ) g $q$;

  EXECUTE format($f$
    -- Moves what usage_recent holds of a range, of one tenant or, with null, of all, into the other sums: at most so many rows,
    -- with null all of them. Answers how many. One statement, so that every report counts a row once. Rows that are just being
    -- added to stay for the next time. The caller holds the lock of `usage_take_sums`.
    CREATE OR REPLACE FUNCTION usage_fold_range(tenant text, starts timestamptz, ends timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql AS $body$
    DECLARE
      folded integer;
      undone usage_recent[];
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
      known AS MATERIALIZED (%6$s),
      by_tenant AS MATERIALIZED (%7$s),
      of_tenants AS (
        INSERT INTO usage_by_tenant AS r (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, date_trunc(unit, at, 'UTC'), series_id, sum(errors), %2$s
        FROM by_tenant, unnest(ARRAY['hour', 'day', 'month', 'year']) unit GROUP BY 1, 2, 3, 4
        ON CONFLICT (unit, tenant_id, starts_at, series_id) DO UPDATE SET errors = r.errors + excluded.errors, %3$s
      ),
      by_key AS MATERIALIZED (%8$s),
      of_keys AS (
        INSERT INTO usage_by_key AS r (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, CASE unit WHEN 'six_hours' THEN at ELSE date_trunc(unit, at, 'UTC') END, series_id, sum(errors), %2$s
        FROM by_key, unnest(ARRAY['six_hours', 'day', 'month', 'year']) unit GROUP BY 1, 2, 3, 4
        ON CONFLICT (unit, tenant_id, starts_at, series_id) DO UPDATE SET errors = r.errors + excluded.errors, %3$s
      ),
      series AS (%9$s),
      together AS MATERIALIZED (
        SELECT *, usage_series_id('overall', '0', %4$s) AS overall_id FROM (
          SELECT hour, %4$s, %2$s FROM known GROUP BY hour, %4$s
        ) g
      ),
      overall_series AS (
        INSERT INTO usage_series (tenant_id, id, key_id, %4$s, tags, tenant_name, key_name)
        SELECT DISTINCT '', overall_id, '0', %4$s, '{}'::jsonb, '', '' FROM together
        ON CONFLICT DO NOTHING
      ),
      overall AS (
        INSERT INTO usage_overall AS r (unit, starts_at, series_id, %1$s)
        SELECT unit, date_trunc(unit, hour, 'UTC'), overall_id, %2$s FROM together, unnest(ARRAY['day', 'hour', 'month']) unit
        GROUP BY 1, 2, 3
        ON CONFLICT (unit, starts_at, series_id) DO UPDATE SET %3$s
      )
      SELECT count(*), array_agg(ROW(t.*)::usage_recent) FILTER (WHERE attempts <= 0) INTO folded, undone FROM taken t;
      -- A sum is nothing only where something was taken from it.
      IF undone IS NOT NULL THEN
        DELETE FROM usage_hourly r USING unnest(undone) f WHERE r.tenant_id = f.tenant_id
          AND r.hour = f.hour AND r.series_id = f.series_id AND %5$s;
        DELETE FROM usage_daily r USING unnest(undone) f WHERE r.tenant_id = f.tenant_id
          AND r.day = date_trunc('day', f.hour, 'UTC') AND r.series_id = f.series_id AND %5$s;
        DELETE FROM usage_monthly r USING unnest(undone) f WHERE r.tenant_id = f.tenant_id
          AND r.month = date_trunc('month', f.hour, 'UTC') AND r.series_id = f.series_id AND %5$s;
        DELETE FROM usage_yearly r USING unnest(undone) f WHERE r.tenant_id = f.tenant_id
          AND r.year = date_trunc('year', f.hour, 'UTC') AND r.series_id = f.series_id AND %5$s;
        DELETE FROM usage_by_tenant r USING unnest(undone) f, unnest(ARRAY['hour', 'day', 'month', 'year']) u
        WHERE r.unit = u AND r.tenant_id = f.tenant_id AND r.starts_at = date_trunc(u, f.hour, 'UTC') AND r.errors = 0 AND %5$s;
        DELETE FROM usage_by_key r USING unnest(undone) f, unnest(ARRAY['six_hours', 'day', 'month', 'year']) u
        WHERE r.unit = u AND r.tenant_id = f.tenant_id AND r.starts_at =
          CASE u WHEN 'six_hours' THEN date_bin('6 hours', f.hour, '2000-01-01Z') ELSE date_trunc(u, f.hour, 'UTC') END
          AND r.errors = 0 AND %5$s;
        DELETE FROM usage_overall r USING (
          SELECT DISTINCT u, date_trunc(u, hour, 'UTC') AS at FROM unnest(undone), unnest(ARRAY['day', 'hour', 'month']) u
        ) f
        WHERE r.unit = f.u AND r.starts_at = f.at AND %5$s;
      END IF;
      RETURN folded;
    END $body$ $f$, measures, summed, added, overall_dimensions, is_nothing,
    format(of_series, 'taken'), format(by_tenant, 'known'), format(by_key, 'known'), write_series);

  EXECUTE format($f$
    -- Adds what tenants and keys have used on a day, of which there is nothing yet, from usage_hourly: of one tenant or, with
    -- null, of all.
    CREATE FUNCTION usage_group_day_new(tenant text, starts timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      ends timestamptz := starts + interval '24 hours';
    BEGIN
      WITH hours AS (
        SELECT * FROM usage_hourly WHERE hour >= starts AND hour < ends AND (tenant IS NULL OR tenant_id = tenant)
      ),
      known AS MATERIALIZED (%4$s),
      by_tenant AS MATERIALIZED (%5$s),
      of_tenants AS (
        INSERT INTO usage_by_tenant (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, date_trunc(unit, at, 'UTC'), series_id, sum(errors), %2$s
        FROM by_tenant, unnest(ARRAY['hour', 'day']) unit GROUP BY 1, 2, 3, 4 HAVING sum(errors) <> 0 OR %3$s ORDER BY 1, 2, 3
      ),
      by_key AS MATERIALIZED (%6$s),
      series AS (%7$s)
      INSERT INTO usage_by_key (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, CASE unit WHEN 'six_hours' THEN at ELSE starts END, series_id, sum(errors), %2$s
        FROM by_key, unnest(ARRAY['six_hours', 'day']) unit GROUP BY 1, 2, 3, 4 HAVING sum(errors) <> 0 OR %3$s ORDER BY 1, 2, 3;
    END $body$ $f$, measures, summed, has_sum,
    format(of_series, 'hours'), format(by_tenant, 'known'), format(by_key, 'known'), write_series);

  EXECUTE format($f$
    -- Writes what tenants and keys have used in a month or year (`whole`) anew from their days or months: of one tenant or, with
    -- null, of all. The caller holds the lock of `usage_take_sums`.
    CREATE FUNCTION usage_group_up(tenant text, part text, whole text, starts timestamptz, ends timestamptz) RETURNS void
    LANGUAGE plpgsql AS $body$
    BEGIN
      DELETE FROM usage_by_tenant WHERE unit = whole AND starts_at = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_by_tenant (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT whole, tenant_id, starts, series_id, sum(errors), %2$s FROM usage_by_tenant
        WHERE unit = part AND starts_at >= starts AND starts_at < ends AND (tenant IS NULL OR tenant_id = tenant)
        GROUP BY tenant_id, series_id HAVING sum(errors) <> 0 OR %3$s;
      DELETE FROM usage_by_key WHERE unit = whole AND starts_at = starts AND (tenant IS NULL OR tenant_id = tenant);
      INSERT INTO usage_by_key (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT whole, tenant_id, starts, series_id, sum(errors), %2$s FROM usage_by_key
        WHERE unit = part AND starts_at >= starts AND starts_at < ends AND (tenant IS NULL OR tenant_id = tenant)
        GROUP BY tenant_id, series_id HAVING sum(errors) <> 0 OR %3$s;
    END $body$ $f$, measures, summed, has_sum);
END $do$;

-- Writes what tenants and keys have used on a day anew. The caller holds the lock of `usage_take_sums`.
CREATE FUNCTION usage_group_day(tenant text, starts timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  ends timestamptz := starts + interval '24 hours';
BEGIN
  DELETE FROM usage_by_tenant WHERE unit IN ('hour', 'day') AND starts_at >= starts AND starts_at < ends
    AND (tenant IS NULL OR tenant_id = tenant);
  DELETE FROM usage_by_key WHERE unit IN ('six_hours', 'day') AND starts_at >= starts AND starts_at < ends
    AND (tenant IS NULL OR tenant_id = tenant);
  PERFORM usage_group_day_new(tenant, starts);
END $body$;

-- Who rebuilds the sums by series rebuilds these in the same transaction; whatever else those functions do stays.
DO $do$
DECLARE
  follow record;
  body text;
BEGIN
  FOR follow IN SELECT * FROM (VALUES
    ('usage_rebuild_day', 'usage_group_day(tenant, starts)'),
    ('usage_rebuild_month', $q$usage_group_up(tenant, 'day', 'month', starts, ends)$q$),
    ('usage_rebuild_year',
      $q$usage_group_up(tenant, 'month', 'year', starts, date_trunc('year', starts + interval '366 days', 'UTC'))$q$)
  ) f (name, step) LOOP
    body := regexp_replace(pg_get_functiondef(follow.name::regproc), '\n *END \$function\$\s*$',
      format(E'\n      PERFORM %s;\n    END $function$', follow.step));
    IF strpos(body, follow.step) = 0 THEN
      RAISE EXCEPTION '% does not end as it is known to', follow.name;
    END IF;
    EXECUTE body;
  END LOOP;
END $do$;

-- What there is. Nobody folds meanwhile; who writes events does not wait. Memory is for this transaction alone.
SELECT usage_take_sums();
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '256MB';
SELECT usage_group_day_new(NULL, day) FROM (SELECT DISTINCT day FROM usage_daily ORDER BY 1) days;
ALTER TABLE "usage_by_tenant" ADD CONSTRAINT "usage_by_tenant_pkey" PRIMARY KEY ("unit","tenant_id","starts_at","series_id");
ALTER TABLE "usage_by_key" ADD CONSTRAINT "usage_by_key_pkey" PRIMARY KEY ("unit","tenant_id","starts_at","series_id");
CREATE INDEX "usage_by_tenant_unit_starts_at_idx" ON "usage_by_tenant"("unit", "starts_at");
CREATE INDEX "usage_by_key_unit_starts_at_idx" ON "usage_by_key"("unit", "starts_at");
SELECT usage_group_up(NULL, 'day', 'month', month, usage_month_after(month, 1)) FROM (SELECT DISTINCT month FROM usage_monthly) months;
SELECT usage_group_up(NULL, 'month', 'year', year, date_trunc('year', year + interval '366 days', 'UTC'))
FROM (SELECT DISTINCT year FROM usage_yearly) years;
ANALYZE usage_by_tenant;
ANALYZE usage_by_key;
