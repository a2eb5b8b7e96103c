-- A credit larger than what was spent brings a window down to nothing and not below, so its ceiling must not be reckoned
-- from below: the event would break it and be refused.
CREATE OR REPLACE FUNCTION budget_charge(budget text, start timestamptz, reservation uuid, cost numeric)
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
    ceiling = greatest(ceiling, greatest(0, spent + cost) + reserved - held)
  WHERE budget_id = budget AND window_start = start;
END $$;
