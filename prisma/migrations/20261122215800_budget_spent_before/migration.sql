-- The sums of hours, days and months know model, key and tags through usage_series.
DROP FUNCTION budget_spent_before(text, text, text, timestamptz);
DROP FUNCTION budget_spent_before(text, text, text, jsonb, timestamptz);

-- What a budget's current window had cost before the budget was there: whole months, days and hours of their sums, and
-- the rest of the events. The caller has locked the ledger, so that no event falls between this and the trigger.
CREATE FUNCTION budget_spent_before(tenant text, key text, priced_model text, call_tags jsonb, start timestamptz)
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
