-- AlterTable
ALTER TABLE "usage_events" ADD COLUMN "adjusts" UUID,
ADD COLUMN "belongs_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "locked_months" (
    "month" TIMESTAMPTZ(6) NOT NULL,
    "locked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locked_by" TEXT NOT NULL,

    CONSTRAINT "locked_months_pkey" PRIMARY KEY ("month")
);

-- CreateTable
CREATE TABLE "late_usage_events" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "belongs_at" TIMESTAMPTZ(6) NOT NULL,
    "landed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "late_usage_events_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "usage_adjustments" (
    "tenant_id" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "event_at" TIMESTAMPTZ(6) NOT NULL,
    "id" UUID NOT NULL,
    "landed_at" TIMESTAMPTZ(6) NOT NULL,
    "cost_pico_usd" BIGINT NOT NULL,
    "priced" BOOLEAN NOT NULL,

    CONSTRAINT "usage_adjustments_pkey" PRIMARY KEY ("tenant_id","event_id","revision")
);

-- An adjustment is no attempt (its number is 0), and `unpriced` on it takes one away. The sums of events say so from here
-- on; whatever else they are made of stays.
DO $do$
DECLARE
  name text;
  body text;
  counted text;
BEGIN
  FOREACH name IN ARRAY ARRAY['usage_rollup_add', 'usage_rollup_replace', 'usage_rebuild_day'] LOOP
    body := pg_get_functiondef(name::regproc);
    counted := replace(body, 'sum(sign) AS attempts', 'sum(sign * (attempt > 0)::integer) AS attempts');
    counted := replace(counted, 'sum(sign * unpriced::integer)',
      'sum(sign * unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END)');
    IF counted NOT LIKE '%(attempt > 0)::integer) AS attempts%' OR counted NOT LIKE '%ELSE -1 END)%' THEN
      RAISE EXCEPTION '% does not count attempts as it is known to', name;
    END IF;
    EXECUTE counted;
  END LOOP;
  body := pg_get_viewdef('usage_hourly_of_events'::regclass);
  counted := replace(body, 'sum(e.sign) AS attempts', 'sum(e.sign * (e.attempt > 0)::integer) AS attempts');
  counted := replace(counted, 'sum((e.sign * (e.unpriced)::integer))',
    'sum(e.sign * e.unpriced::integer * CASE WHEN e.attempt > 0 THEN 1 ELSE -1 END)');
  IF counted NOT LIKE '%(e.attempt > 0)::integer) AS attempts%' OR counted NOT LIKE '%ELSE -1 END)%' THEN
    RAISE EXCEPTION 'usage_hourly_of_events does not count attempts as it is known to';
  END IF;
  EXECUTE 'CREATE OR REPLACE VIEW usage_hourly_of_events AS ' || counted;
END $do$;

-- Guards the rows of locked months. It stands on the partitions of those, so that all other months pay nothing for it.
-- Deleting is for retention, which has said up to where: the sums of the month stay.
CREATE FUNCTION usage_refuse_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched timestamptz;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    RAISE EXCEPTION 'This month is locked.' USING ERRCODE = 'GB002';
  END IF;
  touched := CASE TG_OP WHEN 'INSERT' THEN NEW.occurred_at ELSE OLD.occurred_at END;
  IF NOT EXISTS (SELECT FROM locked_months WHERE month = usage_month_after(touched, 0)) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT FROM usage_horizons h WHERE (h.tenant_id = '' OR h.tenant_id = OLD.tenant_id) AND h.before > touched
  ) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The month of % is locked.', touched USING ERRCODE = 'GB002';
END $$;

-- What comes for a month without a partition of its own lies here, where few rows do.
CREATE TRIGGER usage_month_locked BEFORE INSERT OR UPDATE OR DELETE ON usage_events_default
  FOR EACH ROW EXECUTE FUNCTION usage_refuse_locked();

-- Answers 'locked', 'was_locked' or, for a month that is not over, 'not_over'.
CREATE FUNCTION usage_close_month(at timestamptz, operator text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'usage_events_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  IF usage_month_after(at, 1) > now() THEN
    RETURN 'not_over';
  END IF;
  IF EXISTS (SELECT FROM locked_months WHERE month = usage_month_after(at, 0)) THEN
    RETURN 'was_locked';
  END IF;
  PERFORM usage_events_add_month(at);
  -- Waits for those who are writing events of this month. Whoever comes later finds the trigger.
  PERFORM usage_lock_month(at);
  INSERT INTO locked_months (month, locked_by) VALUES (usage_month_after(at, 0), operator) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'was_locked';
  END IF;
  EXECUTE format('CREATE TRIGGER usage_month_locked BEFORE INSERT OR UPDATE OR DELETE ON %I
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_locked()', partition);
  EXECUTE format('CREATE TRIGGER usage_month_truncated BEFORE TRUNCATE ON %I
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse_locked()', partition);
  RETURN 'locked';
END $$;

-- Answers false for a month that is not locked.
CREATE FUNCTION usage_reopen_month(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'usage_events_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  DELETE FROM locked_months WHERE month = usage_month_after(at, 0);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF to_regclass(partition) IS NOT NULL THEN
    EXECUTE format('DROP TRIGGER IF EXISTS usage_month_locked ON %I', partition);
    EXECUTE format('DROP TRIGGER IF EXISTS usage_month_truncated ON %I', partition);
  END IF;
  RETURN true;
END $$;
