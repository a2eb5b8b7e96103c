-- AlterTable
ALTER TABLE "usage_events" ADD COLUMN "model" TEXT,
ADD COLUMN "scope" TEXT,
ADD COLUMN "tier" TEXT,
ADD COLUMN "price_input" BIGINT,
ADD COLUMN "price_output" BIGINT,
ADD COLUMN "price_cache_read" BIGINT,
ADD COLUMN "price_cache_write_5m" BIGINT,
ADD COLUMN "price_cache_write_1h" BIGINT,
ADD COLUMN "cost_pico_usd" BIGINT,
ADD COLUMN "unpriced" BOOLEAN;

-- Events from before there were prices stay without one.
UPDATE "usage_events" SET "model" = "resolved_model", "scope" = 'in_region', "tier" = 'standard', "unpriced" = true;

ALTER TABLE "usage_events" ALTER COLUMN "model" SET NOT NULL,
ALTER COLUMN "scope" SET NOT NULL,
ALTER COLUMN "tier" SET NOT NULL,
ALTER COLUMN "unpriced" SET NOT NULL;

-- CreateTable
CREATE TABLE "prices" (
    "tenant_id" TEXT NOT NULL DEFAULT '',
    "model" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "region" TEXT NOT NULL DEFAULT '',
    "tier" TEXT NOT NULL,
    "above_tokens" INTEGER NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "input" BIGINT NOT NULL,
    "output" BIGINT NOT NULL,
    "cache_read" BIGINT,
    "cache_write_5m" BIGINT,
    "cache_write_1h" BIGINT,
    "source" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "prices_pkey" PRIMARY KEY ("tenant_id","model","scope","region","tier","above_tokens","effective_from")
);
