-- AlterTable
ALTER TABLE "prices" ADD COLUMN     "per_image" BIGINT,
ADD COLUMN     "per_query" BIGINT,
ADD COLUMN     "per_request" BIGINT,
ADD COLUMN     "per_text_unit" BIGINT,
ALTER COLUMN "input" DROP NOT NULL,
ALTER COLUMN "output" DROP NOT NULL,
ADD CONSTRAINT "prices_name_something" CHECK (
  ("input" IS NULL) = ("output" IS NULL)
  AND ("input" IS NOT NULL OR num_nonnulls("cache_read", "cache_write_5m", "cache_write_1h") = 0)
  AND num_nonnulls("input", "per_query", "per_image", "per_text_unit", "per_request") > 0
);

-- CreateTable
CREATE TABLE "idempotent_responses" (
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "claim_id" UUID NOT NULL,
    "writer_id" UUID NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "answer" BYTEA,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotent_responses_pkey" PRIMARY KEY ("tenant_id","key_id","key")
);

-- CreateIndex
CREATE INDEX "idempotent_responses_created_at_idx" ON "idempotent_responses"("created_at");
