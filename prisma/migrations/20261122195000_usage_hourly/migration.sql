-- CreateTable
CREATE TABLE "usage_hourly" (
    "tenant_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(6) NOT NULL,
    "key_id" TEXT NOT NULL,
    "resolved_model" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "family" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "tenant_name" TEXT NOT NULL,
    "key_name" TEXT NOT NULL,
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

    CONSTRAINT "usage_hourly_pkey" PRIMARY KEY ("tenant_id","hour","key_id","resolved_model","model","family","region","operation","outcome")
);

-- CreateIndex
CREATE INDEX "usage_hourly_hour_idx" ON "usage_hourly"("hour");

-- What usage_hourly must hold. Rebuilding and checking read it; the triggers add the same sums of what they see.
CREATE VIEW usage_hourly_of_events (tenant_id, hour, key_id, resolved_model, model, family, region, operation, outcome, tenant_name, key_name,
  requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd) AS
  SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), key_id, resolved_model, model, family, region, operation, outcome, max(tenant_name), max(key_name),
    sum(sign * (attempt = 1)::integer),
    sum(sign * 1),
    sum(sign * coalesce(input_tokens, 0)),
    sum(sign * coalesce(output_tokens, 0)),
    sum(sign * coalesce(cache_read_tokens, 0)),
    sum(sign * coalesce(cache_write_5m_tokens, 0)),
    sum(sign * coalesce(cache_write_1h_tokens, 0)),
    sum(sign * (NOT usage_reported AND outcome <> 'error')::integer),
    sum(sign * estimated::integer),
    sum(sign * unpriced::integer),
    sum(sign * coalesce(cost_pico_usd, 0))
  FROM (SELECT 1 AS sign, * FROM usage_events) e
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- A trigger, so that the sums are those of the events at every commit, whoever writes them. The rows are written in
-- the order of their key: replicas that write at the same time wait for each other and never deadlock.
CREATE FUNCTION usage_hourly_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_hourly AS h (tenant_id, hour, key_id, resolved_model, model, family, region, operation, outcome, tenant_name, key_name,
    requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd)
    SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), key_id, resolved_model, model, family, region, operation, outcome, max(tenant_name), max(key_name),
      sum(sign * (attempt = 1)::integer),
      sum(sign * 1),
      sum(sign * coalesce(input_tokens, 0)),
      sum(sign * coalesce(output_tokens, 0)),
      sum(sign * coalesce(cache_read_tokens, 0)),
      sum(sign * coalesce(cache_write_5m_tokens, 0)),
      sum(sign * coalesce(cache_write_1h_tokens, 0)),
      sum(sign * (NOT usage_reported AND outcome <> 'error')::integer),
      sum(sign * estimated::integer),
      sum(sign * unpriced::integer),
      sum(sign * coalesce(cost_pico_usd, 0))
    FROM (SELECT 1 AS sign, * FROM new_events) e
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
  ON CONFLICT (tenant_id, hour, key_id, resolved_model, model, family, region, operation, outcome) DO UPDATE SET
    tenant_name = excluded.tenant_name,
    key_name = excluded.key_name,
    requests = h.requests + excluded.requests,
    attempts = h.attempts + excluded.attempts,
    input_tokens = h.input_tokens + excluded.input_tokens,
    output_tokens = h.output_tokens + excluded.output_tokens,
    cache_read_tokens = h.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_5m_tokens = h.cache_write_5m_tokens + excluded.cache_write_5m_tokens,
    cache_write_1h_tokens = h.cache_write_1h_tokens + excluded.cache_write_1h_tokens,
    attempts_without_usage = h.attempts_without_usage + excluded.attempts_without_usage,
    estimated_attempts = h.estimated_attempts + excluded.estimated_attempts,
    unpriced_attempts = h.unpriced_attempts + excluded.unpriced_attempts,
    cost_pico_usd = h.cost_pico_usd + excluded.cost_pico_usd;
  RETURN NULL;
END $$;

CREATE TRIGGER usage_events_rollup_insert AFTER INSERT ON usage_events
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION usage_hourly_add();

-- Only a lost event is ever replaced, by the report of its own writer.
CREATE FUNCTION usage_hourly_replace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_hourly AS h (tenant_id, hour, key_id, resolved_model, model, family, region, operation, outcome, tenant_name, key_name,
    requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd)
    SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), key_id, resolved_model, model, family, region, operation, outcome, max(tenant_name), max(key_name),
      sum(sign * (attempt = 1)::integer),
      sum(sign * 1),
      sum(sign * coalesce(input_tokens, 0)),
      sum(sign * coalesce(output_tokens, 0)),
      sum(sign * coalesce(cache_read_tokens, 0)),
      sum(sign * coalesce(cache_write_5m_tokens, 0)),
      sum(sign * coalesce(cache_write_1h_tokens, 0)),
      sum(sign * (NOT usage_reported AND outcome <> 'error')::integer),
      sum(sign * estimated::integer),
      sum(sign * unpriced::integer),
      sum(sign * coalesce(cost_pico_usd, 0))
    FROM (SELECT 1 AS sign, * FROM new_events UNION ALL SELECT -1, * FROM old_events) e
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
  ON CONFLICT (tenant_id, hour, key_id, resolved_model, model, family, region, operation, outcome) DO UPDATE SET
    requests = h.requests + excluded.requests,
    attempts = h.attempts + excluded.attempts,
    input_tokens = h.input_tokens + excluded.input_tokens,
    output_tokens = h.output_tokens + excluded.output_tokens,
    cache_read_tokens = h.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_5m_tokens = h.cache_write_5m_tokens + excluded.cache_write_5m_tokens,
    cache_write_1h_tokens = h.cache_write_1h_tokens + excluded.cache_write_1h_tokens,
    attempts_without_usage = h.attempts_without_usage + excluded.attempts_without_usage,
    estimated_attempts = h.estimated_attempts + excluded.estimated_attempts,
    unpriced_attempts = h.unpriced_attempts + excluded.unpriced_attempts,
    cost_pico_usd = h.cost_pico_usd + excluded.cost_pico_usd;
  DELETE FROM usage_hourly h USING old_events o
  WHERE h.attempts = 0 AND h.tenant_id = o.tenant_id AND h.hour = date_trunc('hour', o.occurred_at, 'UTC');
  RETURN NULL;
END $$;

CREATE TRIGGER usage_events_rollup_update AFTER UPDATE ON usage_events
  REFERENCING OLD TABLE AS old_events NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION usage_hourly_replace();

INSERT INTO usage_hourly SELECT * FROM usage_hourly_of_events;
