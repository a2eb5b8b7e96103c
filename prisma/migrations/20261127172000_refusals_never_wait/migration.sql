-- Holds an amount in every hard budget that applies and answers null, or in none and answers the id of the first that
-- lacks it. The limit is read under the lock of the window, so a change that was answered before is in force.
-- A refusal is raised without waiting: whoever is raising the same one may be waiting for windows that calls before this
-- one, in the same transaction, have locked.
CREATE OR REPLACE FUNCTION budget_admit(
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
  PERFORM budget_raise(budget.id, start, 'refused', NULL)
  WHERE pg_try_advisory_xact_lock(hashtextextended(concat(budget.id, ' ', extract(epoch FROM start)), 0));
  RETURN budget.id;
END $$;
