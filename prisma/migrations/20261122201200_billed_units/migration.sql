-- AlterTable
ALTER TABLE "usage_events" ADD COLUMN "unit_kind" TEXT,
ADD COLUMN "unit_count" INTEGER,
ADD COLUMN "price_unit" BIGINT;
