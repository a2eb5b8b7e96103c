-- AlterTable
ALTER TABLE "usage_events" ADD COLUMN "reservation_id" UUID;

-- CreateTable
CREATE TABLE "budgets" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL DEFAULT '',
    "key_id" TEXT NOT NULL DEFAULT '',
    "model" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL,
    "window" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "hard" BOOLEAN NOT NULL,
    "limit_pico_usd" DECIMAL(38,0),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budget_windows" (
    "budget_id" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(6) NOT NULL,
    "limit_pico_usd" DECIMAL(38,0),
    "ceiling" DECIMAL(38,0),
    "spent" DECIMAL(38,0) NOT NULL,
    "reserved" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "budget_windows_pkey" PRIMARY KEY ("budget_id","window_start"),
    CONSTRAINT "budget_windows_within_ceiling" CHECK (spent + reserved <= ceiling),
    CONSTRAINT "budget_windows_not_negative" CHECK (spent >= 0 AND reserved >= 0)
);

-- CreateTable
CREATE TABLE "reservations" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "writer_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "event" JSONB NOT NULL,

    CONSTRAINT "reservations_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "budget_holds" (
    "reservation_id" UUID NOT NULL,
    "budget_id" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(6) NOT NULL,
    "remaining" DECIMAL(38,0) NOT NULL CHECK (remaining >= 0),

    CONSTRAINT "budget_holds_pkey" PRIMARY KEY ("reservation_id","budget_id")
);

-- CreateIndex
CREATE INDEX "reservations_writer_id_idx" ON "reservations"("writer_id");

-- The clock of the database decides in which window a moment lies; nothing has to be reset.
CREATE FUNCTION budget_window_start(kind text, zone text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE kind WHEN 'total' THEN to_timestamp(0) ELSE date_trunc(kind, at, zone) END
$$;

-- Holds an amount in every hard budget that applies and answers null, or in none and answers the id of the first that
-- lacks it. Budgets are taken in the order of their ids, as everywhere, so that two requests never deadlock.
CREATE FUNCTION budget_admit(
  reservation uuid, writer uuid, tenant text, key text, priced_model text, amount numeric, lost_event jsonb
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  budget budgets;
  start timestamptz;
BEGIN
  INSERT INTO reservations (tenant_id, id, writer_id, event) VALUES (tenant, reservation, writer, lost_event);
  FOR budget IN
    SELECT * FROM budgets b
    WHERE b.hard AND b.deleted_at IS NULL AND b.limit_pico_usd IS NOT NULL AND (b.tenant_id = '' OR b.tenant_id = tenant) AND (b.key_id = '' OR b.key_id = key) AND (b.model = '' OR b.model = priced_model)
    ORDER BY b.id
  LOOP
    start := budget_window_start(budget."window", budget.time_zone, now());
    INSERT INTO budget_windows (budget_id, window_start, limit_pico_usd, ceiling, spent, reserved)
    VALUES (budget.id, start, budget.limit_pico_usd, budget.limit_pico_usd, 0, 0) ON CONFLICT DO NOTHING;
    UPDATE budget_windows SET reserved = reserved + amount
    WHERE budget_id = budget.id AND window_start = start AND spent + reserved + amount <= limit_pico_usd;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'GB001';
    END IF;
    INSERT INTO budget_holds VALUES (reservation, budget.id, start, amount);
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN SQLSTATE 'GB001' THEN
  -- What this block has written is undone.
  RETURN budget.id;
END $$;

-- Moves a cost from held to spent. More than was held is spent all the same: it has happened.
CREATE FUNCTION budget_charge(
  budget text, start timestamptz, budget_limit numeric, reservation uuid, cost numeric
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held numeric;
BEGIN
  SELECT remaining INTO held FROM budget_holds
  WHERE reservation_id = reservation AND budget_id = budget FOR UPDATE;
  held := greatest(0, least(coalesce(held, 0), cost));
  UPDATE budget_holds SET remaining = remaining - held WHERE reservation_id = reservation AND budget_id = budget;
  INSERT INTO budget_windows AS w (budget_id, window_start, limit_pico_usd, ceiling, spent, reserved)
  VALUES (
    budget, start, budget_limit,
    CASE WHEN budget_limit IS NOT NULL THEN greatest(budget_limit, cost) END, greatest(0, cost), 0
  )
  ON CONFLICT (budget_id, window_start) DO UPDATE SET
    spent = greatest(0, w.spent + cost),
    reserved = w.reserved - held,
    ceiling = CASE WHEN w.ceiling IS NOT NULL THEN greatest(w.ceiling, w.spent + cost + w.reserved - held) END;
END $$;

CREATE FUNCTION budget_charge_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  charge record;
BEGIN
  FOR charge IN
    SELECT b.id AS budget_id, e.reservation_id, b.limit_pico_usd,
      coalesce(h.window_start, budget_window_start(b."window", b.time_zone, e.occurred_at)) AS window_start,
      sum(e.sign * coalesce(e.cost_pico_usd, 0)) AS cost
    FROM (SELECT 1 AS sign, * FROM new_events) e
    JOIN budgets b ON b.deleted_at IS NULL AND (b.tenant_id = '' OR b.tenant_id = e.tenant_id) AND (b.key_id = '' OR b.key_id = e.key_id) AND (b.model = '' OR b.model = e.model)
    LEFT JOIN budget_holds h ON h.reservation_id = e.reservation_id AND h.budget_id = b.id
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign * coalesce(e.cost_pico_usd, 0)) <> 0
    ORDER BY 1, 4, 2
  LOOP
    PERFORM budget_charge(charge.budget_id, charge.window_start, charge.limit_pico_usd, charge.reservation_id, charge.cost);
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER usage_events_budget_insert AFTER INSERT ON usage_events
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION budget_charge_inserted();

CREATE FUNCTION budget_charge_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  charge record;
BEGIN
  FOR charge IN
    SELECT b.id AS budget_id, e.reservation_id, b.limit_pico_usd,
      coalesce(h.window_start, budget_window_start(b."window", b.time_zone, e.occurred_at)) AS window_start,
      sum(e.sign * coalesce(e.cost_pico_usd, 0)) AS cost
    FROM (SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events) e
    JOIN budgets b ON b.deleted_at IS NULL AND (b.tenant_id = '' OR b.tenant_id = e.tenant_id) AND (b.key_id = '' OR b.key_id = e.key_id) AND (b.model = '' OR b.model = e.model)
    LEFT JOIN budget_holds h ON h.reservation_id = e.reservation_id AND h.budget_id = b.id
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign * coalesce(e.cost_pico_usd, 0)) <> 0
    ORDER BY 1, 4, 2
  LOOP
    PERFORM budget_charge(charge.budget_id, charge.window_start, charge.limit_pico_usd, charge.reservation_id, charge.cost);
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER usage_events_budget_update AFTER UPDATE ON usage_events
  REFERENCING OLD TABLE AS old_events NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION budget_charge_updated();

-- Gives back what a request that has ended did not need. Harmless when repeated.
CREATE FUNCTION budget_release(tenant text, reservation uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  hold budget_holds;
BEGIN
  FOR hold IN SELECT * FROM budget_holds WHERE reservation_id = reservation ORDER BY budget_id FOR UPDATE LOOP
    UPDATE budget_windows SET reserved = reserved - hold.remaining
    WHERE budget_id = hold.budget_id AND window_start = hold.window_start;
    DELETE FROM budget_holds WHERE reservation_id = reservation AND budget_id = hold.budget_id;
  END LOOP;
  DELETE FROM reservations WHERE tenant_id = tenant AND id = reservation;
END $$;

-- What a budget's current window had cost before the budget was there. The caller has locked the ledger, so that no
-- event falls between this sum and the trigger. Windows that begin within an hour read that hour from the events.
CREATE FUNCTION budget_spent_before(tenant text, key text, priced_model text, start timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(cost), 0) FROM (
    SELECT cost_pico_usd AS cost FROM usage_hourly h
    WHERE h.hour >= start AND (tenant = '' OR h.tenant_id = tenant) AND (key = '' OR h.key_id = key)
      AND (priced_model = '' OR h.model = priced_model)
    UNION ALL
    SELECT cost_pico_usd FROM usage_events e
    WHERE e.occurred_at >= start
      AND e.occurred_at < date_trunc('hour', start + interval '1 hour' - interval '1 microsecond', 'UTC')
      AND (tenant = '' OR e.tenant_id = tenant) AND (key = '' OR e.key_id = key)
      AND (priced_model = '' OR e.model = priced_model)
  ) costs
$$;
