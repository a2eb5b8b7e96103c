-- CreateTable
CREATE TABLE "usage_by_user" (
    "tenant_id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(6) NOT NULL,
    "series_id" UUID NOT NULL,
    "tenant_name" TEXT NOT NULL,
    "end_user" TEXT,
    "requested_model" TEXT NOT NULL,
    "resolved_model" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "family" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
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
    "cost_pico_usd" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "usage_by_user_pkey" PRIMARY KEY ("tenant_id","unit","starts_at","series_id")
);

-- CreateTable
CREATE TABLE "usage_user_units" (
    "tenant_id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(6) NOT NULL,
    "writers_before" BIGINT,
    "is_summed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "usage_user_units_pkey" PRIMARY KEY ("tenant_id","unit","starts_at")
);

-- CreateIndex
CREATE INDEX "usage_user_units_is_summed_idx" ON "usage_user_units"("is_summed");

-- Sums by end user and requested model, of days and months that are over. No trigger adds to them, as a day has nearly as many as it
-- has events: they are summed once, later, and what comes later still makes them void until they are summed anew.
--
-- A unit is named in usage_user_units before its events are read. Whoever writes an event to a unit whose name it sees sets
-- `writers_before` to null, so that sums that were made without that event are never committed as summed; those who wrote before they
-- could see the name are waited for: they are the transactions before `writers_before`.

-- The sum of integers as one: PostgreSQL's own is a numeric, which takes as long as the rest of a report.
CREATE AGGREGATE usage_sum(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);

-- The next start of a day or month.
CREATE FUNCTION usage_unit_end(unit text, starts timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE unit WHEN 'day' THEN starts + interval '24 hours' ELSE usage_month_after(starts, 1) END
$$;

-- Takes away names and sums of units that reach into a range: of one tenant or, with null, of all. In the order of those who write.
CREATE FUNCTION usage_users_forget(tenant text, starts timestamptz, ends timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN SELECT u.tenant_id, u.unit, u.starts_at FROM usage_user_units u WHERE (tenant IS NULL OR u.tenant_id = tenant)
    AND u.starts_at < ends AND usage_unit_end(u.unit, u.starts_at) > starts ORDER BY 1, 2, 3 FOR UPDATE
  LOOP
    -- Statements of their own: they see what was summed until the name was had.
    DELETE FROM usage_by_user u WHERE u.tenant_id = gone.tenant_id AND u.unit = gone.unit AND u.starts_at = gone.starts_at;
    DELETE FROM usage_user_units u WHERE u.tenant_id = gone.tenant_id AND u.unit = gone.unit AND u.starts_at = gone.starts_at;
  END LOOP;
END $$;

DO $do$
DECLARE
  written record;
BEGIN
  FOR written IN SELECT * FROM (VALUES
    ('usage_users_add', 'SELECT tenant_id, occurred_at FROM new_events'),
    ('usage_users_replace', 'SELECT tenant_id, occurred_at FROM new_events UNION ALL SELECT tenant_id, occurred_at FROM old_events')
  ) w (name, events) LOOP
    EXECUTE format($f$
      CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        -- The clock, not the start of the transaction, since which a day can have ended and been summed.
        IF NOT EXISTS (SELECT FROM (%2$s) e WHERE occurred_at < date_trunc('day', clock_timestamp(), 'UTC')) THEN
          RETURN NULL;
        END IF;
        -- In order, so that those who are late at the same time never deadlock. Who sums now is waited for while it commits.
        PERFORM FROM usage_user_units u WHERE (tenant_id, unit, starts_at) IN (
          SELECT tenant_id, unit, date_trunc(unit, occurred_at, 'UTC') FROM (%2$s) e, unnest(ARRAY['day', 'month']) unit
        ) ORDER BY tenant_id, unit, starts_at FOR UPDATE;
        IF FOUND THEN
          UPDATE usage_user_units u SET is_summed = false, writers_before = NULL WHERE (tenant_id, unit, starts_at) IN (
            SELECT tenant_id, unit, date_trunc(unit, occurred_at, 'UTC') FROM (%2$s) e, unnest(ARRAY['day', 'month']) unit);
        END IF;
        RETURN NULL;
      END $body$ $f$, written.name, written.events);
  END LOOP;
END $do$;

CREATE TRIGGER usage_events_users_insert AFTER INSERT ON usage_events
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION usage_users_add();
CREATE TRIGGER usage_events_users_update AFTER UPDATE ON usage_events
  REFERENCING OLD TABLE AS old_events NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION usage_users_replace();

-- Names the days and months that are worth to be summed: those that began since then and ended an hour ago, with so many attempts at
-- least, whose events are all there.
CREATE FUNCTION usage_users_begin(least_attempts bigint, since timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO usage_user_units (tenant_id, unit, starts_at)
  SELECT tenant_id, unit, starts_at FROM (
    SELECT tenant_id, unit, starts_at FROM usage_by_tenant WHERE unit IN ('day', 'month') AND starts_at >= since AND starts_at < now()
    GROUP BY tenant_id, unit, starts_at HAVING sum(attempts) >= least_attempts OFFSET 0
  ) t
  WHERE usage_unit_end(unit, starts_at) <= now() - interval '1 hour'
    AND NOT EXISTS (
      SELECT FROM usage_user_units u WHERE u.tenant_id = t.tenant_id AND u.unit = t.unit AND u.starts_at = t.starts_at)
    AND NOT EXISTS (SELECT FROM usage_horizons h WHERE h.tenant_id IN ('', t.tenant_id) AND h.before > t.starts_at)
  ON CONFLICT DO NOTHING
$$;

-- After those names are committed: every writer from here on sees them. Numbers of another server, of which this one is a copy, do
-- not count.
CREATE FUNCTION usage_users_arm() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM usage_user_units WHERE NOT is_summed ORDER BY tenant_id, unit, starts_at FOR UPDATE;
  UPDATE usage_user_units SET writers_before = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  WHERE NOT is_summed AND (writers_before IS NULL OR writers_before > pg_snapshot_xmax(pg_current_snapshot())::text::bigint);
END $$;

-- Sums a unit, a month from its days where those are summed. False when it is not to be summed, or not yet. One at a time.
CREATE FUNCTION usage_users_sum(tenant text, summed_unit text, starts timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  ends timestamptz := usage_unit_end(summed_unit, starts);
  armed bigint;
BEGIN
  SELECT writers_before INTO armed FROM usage_user_units u
  WHERE u.tenant_id = tenant AND u.unit = summed_unit AND u.starts_at = starts AND NOT is_summed
    AND writers_before <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM usage_horizons h WHERE h.tenant_id IN ('', tenant) AND h.before > starts) THEN
    PERFORM usage_users_forget(tenant, starts, ends);
    RETURN false;
  END IF;
  -- What an event that came late has made void.
  DELETE FROM usage_by_user u WHERE u.tenant_id = tenant AND u.unit = summed_unit AND u.starts_at = starts;
  WITH summed_days AS (
    SELECT u.starts_at AS day FROM usage_user_units u
    WHERE summed_unit = 'month' AND u.tenant_id = tenant AND u.unit = 'day' AND u.starts_at >= starts AND u.starts_at < ends AND is_summed
  )
  INSERT INTO usage_by_user (tenant_id, unit, starts_at, series_id, tenant_name, end_user, requested_model, resolved_model, model, family,
    region, operation, requests, attempts, errors, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd)
  SELECT tenant, summed_unit, starts, usage_series_id('user', tenant_name, end_user, requested_model, resolved_model, model, family, region,
      operation), tenant_name, end_user, requested_model, resolved_model, model, family, region, operation, sum(requests), sum(attempts),
    sum(errors), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens),
    sum(attempts_without_usage), sum(estimated_attempts), sum(unpriced_attempts), sum(cost_pico_usd)
  FROM (
    SELECT tenant_name, end_user, requested_model, resolved_model, model, family, region, operation, (attempt = 1)::integer AS requests,
      (attempt > 0)::integer AS attempts, (attempt > 0 AND outcome IN ('error', 'truncated', 'lost'))::integer AS errors,
      coalesce(input_tokens, 0) AS input_tokens, coalesce(output_tokens, 0) AS output_tokens,
      coalesce(cache_read_tokens, 0) AS cache_read_tokens, coalesce(cache_write_5m_tokens, 0) AS cache_write_5m_tokens,
      coalesce(cache_write_1h_tokens, 0) AS cache_write_1h_tokens,
      (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage, estimated::integer AS estimated_attempts,
      unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END AS unpriced_attempts, coalesce(cost_pico_usd, 0) AS cost_pico_usd
    FROM generate_series(starts, ends - interval '24 hours', interval '24 hours') day, LATERAL (
      SELECT * FROM usage_events WHERE tenant_id = tenant AND occurred_at >= day AND occurred_at < day + interval '24 hours' OFFSET 0
    ) e WHERE day NOT IN (SELECT day FROM summed_days)
    UNION ALL
    SELECT tenant_name, end_user, requested_model, resolved_model, model, family, region, operation, requests, attempts, errors,
      input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, attempts_without_usage,
      estimated_attempts, unpriced_attempts, cost_pico_usd
    FROM summed_days, usage_by_user u WHERE u.tenant_id = tenant AND u.unit = 'day' AND u.starts_at = day
  ) s GROUP BY tenant_name, end_user, requested_model, resolved_model, model, family, region, operation;
  UPDATE usage_user_units u SET is_summed = true
  WHERE u.tenant_id = tenant AND u.unit = summed_unit AND u.starts_at = starts AND writers_before = armed;
  IF FOUND THEN
    RETURN true;
  END IF;
  -- Somebody came too late meanwhile.
  DELETE FROM usage_by_user u WHERE u.tenant_id = tenant AND u.unit = summed_unit AND u.starts_at = starts;
  RETURN false;
END $$;
