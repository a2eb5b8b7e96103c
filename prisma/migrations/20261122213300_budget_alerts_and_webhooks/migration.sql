-- AlterTable
ALTER TABLE "budget_windows" DROP COLUMN "limit_pico_usd";

-- AlterTable
ALTER TABLE "budgets" ADD COLUMN     "tags" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "thresholds" INTEGER[] DEFAULT ARRAY[50, 80, 100]::INTEGER[],
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "budget_increases" (
    "id" TEXT NOT NULL,
    "budget_id" TEXT NOT NULL,
    "amount_pico_usd" DECIMAL(38,0) NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(6) NOT NULL,
    "cancelled_at" TIMESTAMPTZ(6),

    CONSTRAINT "budget_increases_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budget_alerts" (
    "budget_id" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(6) NOT NULL,
    "kind" TEXT NOT NULL,
    "raised_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budget_alerts_pkey" PRIMARY KEY ("budget_id","window_start","kind")
);

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "event_types" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "secret" BYTEA NOT NULL,
    "previous_secret" BYTEA,
    "previous_secret_ends_at" TIMESTAMPTZ(6),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_status_code" INTEGER,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(6),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "budget_increases_budget_id_ends_at_idx" ON "budget_increases"("budget_id", "ends_at");

-- CreateIndex
CREATE INDEX "webhook_events_created_at_idx" ON "webhook_events"("created_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_status_next_attempt_at_idx" ON "webhook_deliveries"("status", "next_attempt_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_id_idx" ON "webhook_deliveries"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_endpoint_id_event_id_key" ON "webhook_deliveries"("endpoint_id", "event_id");

-- CreateIndex
CREATE INDEX "budgets_tenant_id_idx" ON "budgets"("tenant_id");

ALTER TABLE budgets ALTER COLUMN thresholds SET NOT NULL;
ALTER TABLE budget_increases ADD CONSTRAINT budget_increases_positive CHECK (amount_pico_usd > 0);
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_status CHECK (status IN ('pending', 'delivered', 'dead'));

-- Writes an event and its deliveries into the outbox, in the transaction of the caller: neither can be there without
-- what they tell of. Nothing is written where nobody listens.
CREATE FUNCTION webhook_raise(event_type text, tenant text, event_data jsonb) RETURNS void LANGUAGE sql AS $$
  WITH listeners AS (
    SELECT id FROM webhook_endpoints
    WHERE enabled AND deleted_at IS NULL AND tenant_id IN ('', tenant)
      AND (event_types = '{}' OR event_type = ANY (event_types))
  ),
  event AS (
    INSERT INTO webhook_events (id, type, tenant_id, data)
    SELECT gen_random_uuid(), event_type, tenant, event_data WHERE EXISTS (SELECT FROM listeners) RETURNING id
  )
  INSERT INTO webhook_deliveries (id, event_id, endpoint_id)
  SELECT gen_random_uuid(), event.id, listeners.id FROM event, listeners
$$;

-- The end of a window; null for one that never ends.
CREATE FUNCTION budget_window_end(kind text, zone text, start timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE kind WHEN 'total' THEN NULL ELSE (start AT TIME ZONE zone + ('1 ' || kind)::interval) AT TIME ZONE zone END
$$;

-- The limit at this moment, increases included; null for unlimited and for a budget that is gone. Volatile, so that it
-- sees what was committed while its caller waited for a lock.
CREATE FUNCTION budget_limit_now(budget text) RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT b.limit_pico_usd + coalesce((
    SELECT sum(i.amount_pico_usd) FROM budget_increases i
    WHERE i.budget_id = b.id AND i.cancelled_at IS NULL AND i.ends_at > clock_timestamp()
  ), 0)
  FROM budgets b WHERE b.id = budget AND b.deleted_at IS NULL
$$;

-- Locks a window, which is made where it is missing. Windows are locked in the order of budget and start, and before
-- the holds in them, by everyone: so nobody deadlocks.
CREATE FUNCTION budget_lock_window(budget text, start timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOOP
    PERFORM FROM budget_windows WHERE budget_id = budget AND window_start = start FOR NO KEY UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO budget_windows (budget_id, window_start, spent, reserved) VALUES (budget, start, 0, 0)
    ON CONFLICT DO NOTHING;
  END LOOP;
END $$;

-- Raises an event of a window, unless it was raised before.
CREATE FUNCTION budget_raise(budget text, start timestamptz, kind text, threshold integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO budget_alerts (budget_id, window_start, kind) VALUES (budget, start, kind) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    PERFORM webhook_raise(
      CASE WHEN threshold IS NULL THEN 'budget.call_refused' ELSE 'budget.threshold_reached' END,
      b.tenant_id,
      jsonb_build_object(
        'budget_id', b.id, 'budget_name', b.name, 'tenant_id', nullif(b.tenant_id, ''), 'key_id', nullif(b.key_id, ''),
        'model', nullif(b.model, ''), 'tags', b.tags, 'hard', b.hard, 'window', b."window", 'window_start', start,
        'window_end', budget_window_end(b."window", b.time_zone, start), 'threshold_percent', threshold,
        'limit_usd', trim_scale(budget_limit_now(b.id) * 0.000000000001)::text,
        'spent_usd', trim_scale(coalesce(w.spent, 0) * 0.000000000001)::text
      ))
    FROM budgets b LEFT JOIN budget_windows w ON w.budget_id = b.id AND w.window_start = start WHERE b.id = budget;
  END IF;
END $$;

-- Raises every threshold that the spent part of a window has reached.
CREATE FUNCTION budget_raise_thresholds(budget text, start timestamptz) RETURNS void LANGUAGE sql AS $$
  SELECT budget_raise(budget, start, t::text, t)
  FROM budgets b
  JOIN budget_windows w ON w.budget_id = b.id AND w.window_start = start
  CROSS JOIN LATERAL (SELECT budget_limit_now(b.id) AS amount) limit_now
  CROSS JOIN LATERAL unnest(b.thresholds) t
  WHERE b.id = budget AND w.spent > 0 AND w.spent * 100 >= limit_now.amount * t
    AND NOT EXISTS (
      SELECT FROM budget_alerts a WHERE a.budget_id = b.id AND a.window_start = start AND a.kind = t::text
    )
  ORDER BY t
$$;

-- Holds an amount in every hard budget that applies and answers null, or in none and answers the id of the first that
-- lacks it. The limit is read under the lock of the window, so a change that was answered before is in force.
DROP FUNCTION budget_admit;
CREATE FUNCTION budget_admit(
  reservation uuid, writer uuid, tenant text, key text, priced_model text, call_tags jsonb, amount numeric,
  lost_event jsonb
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  budget budgets;
  start timestamptz;
  limit_now numeric;
BEGIN
  FOR budget IN
    SELECT * FROM budgets b
    WHERE b.hard AND b.deleted_at IS NULL AND b.limit_pico_usd IS NOT NULL
      AND b.tenant_id = ANY (ARRAY['', tenant]) AND (b.key_id = '' OR b.key_id = key)
      AND (b.model = '' OR b.model = priced_model) AND call_tags @> b.tags
    ORDER BY b.id
  LOOP
    start := budget_window_start(budget."window", budget.time_zone, now());
    PERFORM budget_lock_window(budget.id, start);
    limit_now := budget_limit_now(budget.id);
    CONTINUE WHEN limit_now IS NULL;
    UPDATE budget_windows SET reserved = reserved + amount, ceiling = greatest(limit_now, spent + reserved)
    WHERE budget_id = budget.id AND window_start = start AND spent + reserved + amount <= limit_now;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'GB001';
    END IF;
    INSERT INTO budget_holds VALUES (reservation, budget.id, start, amount);
  END LOOP;
  INSERT INTO reservations (tenant_id, id, writer_id, event) VALUES (tenant, reservation, writer, lost_event);
  RETURN NULL;
EXCEPTION WHEN SQLSTATE 'GB001' THEN
  -- What this block has written is undone, and its locks are gone.
  PERFORM budget_raise(budget.id, start, 'refused', NULL);
  RETURN budget.id;
END $$;

-- Moves a cost from held to spent. More than was held is spent all the same: it has happened.
DROP FUNCTION budget_charge;
CREATE FUNCTION budget_charge(budget text, start timestamptz, reservation uuid, cost numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held numeric := 0;
BEGIN
  PERFORM budget_lock_window(budget, start);
  IF reservation IS NOT NULL THEN
    SELECT greatest(0, least(remaining, cost)) INTO held FROM budget_holds
    WHERE reservation_id = reservation AND budget_id = budget FOR UPDATE;
    held := coalesce(held, 0);
    UPDATE budget_holds SET remaining = remaining - held WHERE reservation_id = reservation AND budget_id = budget;
  END IF;
  UPDATE budget_windows SET
    spent = greatest(0, spent + cost),
    reserved = reserved - held,
    ceiling = greatest(ceiling, spent + cost + reserved - held)
  WHERE budget_id = budget AND window_start = start;
END $$;

-- A batch holds many requests of one budget: its thresholds are looked at once, behind the last of them.
CREATE OR REPLACE FUNCTION budget_charge_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  charge record;
  charged_budget text;
  charged_start timestamptz;
BEGIN
  FOR charge IN
    SELECT b.id AS budget_id, e.reservation_id,
      coalesce(h.window_start, budget_window_start(b."window", b.time_zone, e.occurred_at)) AS window_start,
      sum(e.cost_pico_usd) AS cost
    FROM new_events e
    JOIN budgets b ON b.deleted_at IS NULL AND b.tenant_id = ANY (ARRAY['', e.tenant_id])
      AND (b.key_id = '' OR b.key_id = e.key_id) AND (b.model = '' OR b.model = e.model) AND e.tags @> b.tags
    LEFT JOIN budget_holds h ON h.reservation_id = e.reservation_id AND h.budget_id = b.id
    GROUP BY 1, 2, 3 HAVING sum(e.cost_pico_usd) <> 0
    ORDER BY 1, 3, 2
  LOOP
    IF (charge.budget_id, charge.window_start) IS DISTINCT FROM (charged_budget, charged_start) THEN
      PERFORM budget_raise_thresholds(charged_budget, charged_start) WHERE charged_budget IS NOT NULL;
      charged_budget := charge.budget_id;
      charged_start := charge.window_start;
    END IF;
    PERFORM budget_charge(charge.budget_id, charge.window_start, charge.reservation_id, charge.cost);
  END LOOP;
  PERFORM budget_raise_thresholds(charged_budget, charged_start) WHERE charged_budget IS NOT NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION budget_charge_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  charge record;
BEGIN
  FOR charge IN
    SELECT b.id AS budget_id, e.reservation_id,
      coalesce(h.window_start, budget_window_start(b."window", b.time_zone, e.occurred_at)) AS window_start,
      sum(e.sign * e.cost_pico_usd) AS cost
    FROM (SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events) e
    JOIN budgets b ON b.deleted_at IS NULL AND b.tenant_id = ANY (ARRAY['', e.tenant_id])
      AND (b.key_id = '' OR b.key_id = e.key_id) AND (b.model = '' OR b.model = e.model) AND e.tags @> b.tags
    LEFT JOIN budget_holds h ON h.reservation_id = e.reservation_id AND h.budget_id = b.id
    GROUP BY 1, 2, 3 HAVING sum(e.sign * e.cost_pico_usd) <> 0
    ORDER BY 1, 3, 2
  LOOP
    PERFORM budget_charge(charge.budget_id, charge.window_start, charge.reservation_id, charge.cost);
    PERFORM budget_raise_thresholds(charge.budget_id, charge.window_start);
  END LOOP;
  RETURN NULL;
END $$;

-- Gives back what a request that has ended did not need. Harmless when repeated.
CREATE OR REPLACE FUNCTION budget_release(tenant text, reservation uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  hold budget_holds;
  rest numeric;
BEGIN
  FOR hold IN SELECT * FROM budget_holds WHERE reservation_id = reservation ORDER BY budget_id LOOP
    PERFORM budget_lock_window(hold.budget_id, hold.window_start);
    DELETE FROM budget_holds WHERE reservation_id = reservation AND budget_id = hold.budget_id
    RETURNING remaining INTO rest;
    UPDATE budget_windows SET reserved = reserved - rest
    WHERE budget_id = hold.budget_id AND window_start = hold.window_start AND rest IS NOT NULL;
  END LOOP;
  DELETE FROM reservations WHERE tenant_id = tenant AND id = reservation;
END $$;

-- What a budget's current window had cost before the budget was there. The caller has locked the ledger, so that no
-- event falls between this sum and the trigger. Hours that are not whole, and tags, are only known of the events.
DROP FUNCTION budget_spent_before;
CREATE FUNCTION budget_spent_before(tenant text, key text, priced_model text, call_tags jsonb, start timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(cost), 0) FROM (
    SELECT cost_pico_usd AS cost FROM usage_hourly h
    WHERE call_tags = '{}' AND h.hour >= start AND (tenant = '' OR h.tenant_id = tenant)
      AND (key = '' OR h.key_id = key) AND (priced_model = '' OR h.model = priced_model)
    UNION ALL
    SELECT cost_pico_usd FROM usage_events e
    WHERE e.occurred_at >= start
      AND (call_tags <> '{}' OR e.occurred_at < date_trunc('hour', start + interval '1 hour' - interval '1 microsecond', 'UTC'))
      AND (tenant = '' OR e.tenant_id = tenant) AND (key = '' OR e.key_id = key)
      AND (priced_model = '' OR e.model = priced_model) AND e.tags @> call_tags
  ) costs
$$;
