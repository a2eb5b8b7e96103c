-- AlterTable
ALTER TABLE "usage_events" ADD COLUMN "tags" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "end_user" TEXT;
