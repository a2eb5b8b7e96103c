-- CreateTable
CREATE TABLE "usage_by_model" (
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

ALTER TABLE usage_by_model SET (fillfactor = 75);

-- When the unit that a moment lies in begins. A month has three times ten days, the last of which are as many as are left.
CREATE FUNCTION usage_unit_start(unit text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE unit
    WHEN 'six_hours' THEN date_bin('6 hours', at, '2000-01-01Z')
    WHEN 'ten_days' THEN date_trunc('month', at, 'UTC')
      + least((extract(day FROM at AT TIME ZONE 'UTC')::integer - 1) / 10, 2) * interval '240 hours'
    ELSE date_trunc(unit, at, 'UTC')
  END
$$;

-- Sums by tenant and model beside those of tenants and keys, and of all three also those of ten days; of tenants those of six hours.
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
  by_model text;
  -- The series of the three. Only one fold or rebuild runs at a time, so that nobody deadlocks.
  write_series constant text := $q$
    INSERT INTO usage_series (tenant_id, id, key_id, resolved_model, model, family, region, operation, outcome, tags, tenant_name,
      key_name, since)
    SELECT tenant_id, series_id, key_id, resolved_model, model, family, region, operation, '', tags, tenant_name, key_name, min(since)
    FROM (
      SELECT tenant_id, series_id, '' AS key_id, '' AS resolved_model, '' AS model, '' AS family, '' AS region, operation,
        '{}'::jsonb AS tags, tenant_name, '' AS key_name, since FROM by_tenant
      UNION ALL SELECT tenant_id, series_id, key_id, '', '', '', '', operation, tags, tenant_name, key_name, since FROM by_key
      UNION ALL SELECT tenant_id, series_id, '', resolved_model, model, family, region, operation, '{}', tenant_name, '', since
      FROM by_model
    ) s WHERE NOT EXISTS (SELECT FROM usage_series k WHERE k.tenant_id = s.tenant_id AND k.id = s.series_id)
    GROUP BY tenant_id, series_id, key_id, resolved_model, model, family, region, operation, tags, tenant_name, key_name
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
  by_model := $q$
    SELECT *, usage_series_id('model', resolved_model, model, family, region, operation, tenant_name) AS series_id FROM (
      SELECT tenant_id, date_bin('6 hours', hour, '2000-01-01Z') AS at, resolved_model, model, family, region, operation, tenant_name,
        min(since) AS since, sum(errors)::bigint AS errors, $q$ || summed || $q$
      FROM %s GROUP BY tenant_id, 2, resolved_model, model, family, region, operation, tenant_name
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
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_tenant, unnest(ARRAY['hour', 'six_hours', 'day', 'ten_days', 'month', 'year']) unit GROUP BY 1, 2, 3, 4
        ON CONFLICT (unit, tenant_id, starts_at, series_id) DO UPDATE SET errors = r.errors + excluded.errors, %3$s
      ),
      by_key AS MATERIALIZED (%8$s),
      of_keys AS (
        INSERT INTO usage_by_key AS r (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_key, unnest(ARRAY['six_hours', 'day', 'ten_days', 'month', 'year']) unit GROUP BY 1, 2, 3, 4
        ON CONFLICT (unit, tenant_id, starts_at, series_id) DO UPDATE SET errors = r.errors + excluded.errors, %3$s
      ),
      by_model AS MATERIALIZED (%9$s),
      of_models AS (
        INSERT INTO usage_by_model AS r (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_model, unnest(ARRAY['six_hours', 'day', 'ten_days', 'month', 'year']) unit GROUP BY 1, 2, 3, 4
        ON CONFLICT (unit, tenant_id, starts_at, series_id) DO UPDATE SET errors = r.errors + excluded.errors, %3$s
      ),
      series AS (%10$s),
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
        DELETE FROM usage_by_tenant r USING unnest(undone) f, unnest(ARRAY['hour', 'six_hours', 'day', 'ten_days', 'month', 'year']) u
        WHERE r.unit = u AND r.tenant_id = f.tenant_id AND r.starts_at = usage_unit_start(u, f.hour) AND r.errors = 0 AND %5$s;
        DELETE FROM usage_by_key r USING unnest(undone) f, unnest(ARRAY['six_hours', 'day', 'ten_days', 'month', 'year']) u
        WHERE r.unit = u AND r.tenant_id = f.tenant_id AND r.starts_at = usage_unit_start(u, f.hour) AND r.errors = 0 AND %5$s;
        DELETE FROM usage_by_model r USING unnest(undone) f, unnest(ARRAY['six_hours', 'day', 'ten_days', 'month', 'year']) u
        WHERE r.unit = u AND r.tenant_id = f.tenant_id AND r.starts_at = usage_unit_start(u, f.hour) AND r.errors = 0 AND %5$s;
        DELETE FROM usage_overall r USING (
          SELECT DISTINCT u, date_trunc(u, hour, 'UTC') AS at FROM unnest(undone), unnest(ARRAY['day', 'hour', 'month']) u
        ) f
        WHERE r.unit = f.u AND r.starts_at = f.at AND %5$s;
      END IF;
      RETURN folded;
    END $body$ $f$, measures, summed, added, overall_dimensions, is_nothing,
    format(of_series, 'taken'), format(by_tenant, 'known'), format(by_key, 'known'),
    format(by_model, 'known'), write_series);

  EXECUTE format($f$
    -- Adds what tenants have used on a day, by key, by model and altogether, of which there is nothing yet, from usage_hourly: of
    -- one tenant or, with null, of all.
    CREATE OR REPLACE FUNCTION usage_group_day_new(tenant text, starts timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
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
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_tenant, unnest(ARRAY['hour', 'six_hours', 'day']) unit GROUP BY 1, 2, 3, 4
        HAVING sum(errors) <> 0 OR %3$s ORDER BY 1, 2, 3
      ),
      by_key AS MATERIALIZED (%6$s),
      of_keys AS (
        INSERT INTO usage_by_key (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_key, unnest(ARRAY['six_hours', 'day']) unit GROUP BY 1, 2, 3, 4 HAVING sum(errors) <> 0 OR %3$s ORDER BY 1, 2, 3
      ),
      by_model AS MATERIALIZED (%7$s),
      series AS (%8$s)
      INSERT INTO usage_by_model (unit, tenant_id, starts_at, series_id, errors, %1$s)
        SELECT unit, tenant_id, usage_unit_start(unit, at), series_id, sum(errors), %2$s
        FROM by_model, unnest(ARRAY['six_hours', 'day']) unit GROUP BY 1, 2, 3, 4 HAVING sum(errors) <> 0 OR %3$s ORDER BY 1, 2, 3;
    END $body$ $f$, measures, summed, has_sum,
    format(of_series, 'hours'), format(by_tenant, 'known'), format(by_key, 'known'), format(by_model, 'known'), write_series);

  EXECUTE format($f$
    -- Writes what tenants have used in a month or year (`whole`), by key, by model and altogether, anew from their days or months;
    -- with a month its times of ten days. Of one tenant or, with null, of all. The caller holds the lock of `usage_take_sums`.
    CREATE OR REPLACE FUNCTION usage_group_up(tenant text, part text, whole text, starts timestamptz, ends timestamptz) RETURNS void
    LANGUAGE plpgsql AS $body$
    DECLARE
      sums text;
    BEGIN
      FOREACH sums IN ARRAY ARRAY['usage_by_tenant', 'usage_by_key', 'usage_by_model'] LOOP
        PERFORM usage_group_up_sums(sums, tenant, part, whole, starts, ends);
        IF whole = 'month' THEN
          PERFORM usage_group_up_sums(sums, tenant, part, 'ten_days', starts, ends);
        END IF;
      END LOOP;
    END $body$;

    -- Of one of the tables.
    CREATE FUNCTION usage_group_up_sums(sums text, tenant text, part text, whole text, starts timestamptz, ends timestamptz)
    RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      EXECUTE format('DELETE FROM %%I WHERE unit = $1 AND starts_at >= $2 AND starts_at < $3 AND ($4 IS NULL OR tenant_id = $4)', sums)
        USING whole, starts, ends, tenant;
      EXECUTE format('INSERT INTO %%1$I (unit, tenant_id, starts_at, series_id, errors, %1$s)
          SELECT $1, tenant_id, usage_unit_start($1, starts_at), series_id, sum(errors), %2$s FROM %%1$I
          WHERE unit = $5 AND starts_at >= $2 AND starts_at < $3 AND ($4 IS NULL OR tenant_id = $4)
          GROUP BY tenant_id, 3, series_id HAVING sum(errors) <> 0 OR %3$s', sums)
        USING whole, starts, ends, tenant, part;
    END $body$ $f$, measures, summed, has_sum);
END $do$;

-- Writes what tenants have used on a day, by key, by model and altogether, anew. The caller holds the lock of `usage_take_sums`.
CREATE OR REPLACE FUNCTION usage_group_day(tenant text, starts timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  ends timestamptz := starts + interval '24 hours';
BEGIN
  DELETE FROM usage_by_tenant WHERE unit IN ('hour', 'six_hours', 'day') AND starts_at >= starts AND starts_at < ends
    AND (tenant IS NULL OR tenant_id = tenant);
  DELETE FROM usage_by_key WHERE unit IN ('six_hours', 'day') AND starts_at >= starts AND starts_at < ends
    AND (tenant IS NULL OR tenant_id = tenant);
  DELETE FROM usage_by_model WHERE unit IN ('six_hours', 'day') AND starts_at >= starts AND starts_at < ends
    AND (tenant IS NULL OR tenant_id = tenant);
  PERFORM usage_group_day_new(tenant, starts);
END $body$;

-- What there is. Nobody folds meanwhile; who writes events does not wait. Memory is for this transaction alone.
SELECT usage_take_sums();
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '256MB';
DROP INDEX "usage_by_tenant_unit_starts_at_idx", "usage_by_key_unit_starts_at_idx";
ALTER TABLE "usage_by_tenant" DROP CONSTRAINT "usage_by_tenant_pkey";
ALTER TABLE "usage_by_key" DROP CONSTRAINT "usage_by_key_pkey";
TRUNCATE usage_by_tenant, usage_by_key;
SELECT usage_group_day_new(NULL, day) FROM (SELECT DISTINCT day FROM usage_daily ORDER BY 1) days;
ALTER TABLE "usage_by_tenant" ADD CONSTRAINT "usage_by_tenant_pkey" PRIMARY KEY ("unit","tenant_id","starts_at","series_id");
ALTER TABLE "usage_by_key" ADD CONSTRAINT "usage_by_key_pkey" PRIMARY KEY ("unit","tenant_id","starts_at","series_id");
ALTER TABLE "usage_by_model" ADD CONSTRAINT "usage_by_model_pkey" PRIMARY KEY ("unit","tenant_id","starts_at","series_id");
CREATE INDEX "usage_by_tenant_unit_starts_at_idx" ON "usage_by_tenant"("unit", "starts_at");
CREATE INDEX "usage_by_key_unit_starts_at_idx" ON "usage_by_key"("unit", "starts_at");
CREATE INDEX "usage_by_model_unit_starts_at_idx" ON "usage_by_model"("unit", "starts_at");
SELECT usage_group_up(NULL, 'day', 'month', month, usage_month_after(month, 1)) FROM (SELECT DISTINCT month FROM usage_monthly) months;
SELECT usage_group_up(NULL, 'month', 'year', year, date_trunc('year', year + interval '366 days', 'UTC'))
FROM (SELECT DISTINCT year FROM usage_yearly) years;
ANALYZE usage_by_tenant;
ANALYZE usage_by_key;
ANALYZE usage_by_model;
