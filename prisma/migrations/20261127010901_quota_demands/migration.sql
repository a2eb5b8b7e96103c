-- CreateTable
CREATE TABLE "quota_demands" (
    "process_id" UUID NOT NULL,
    "quota" TEXT NOT NULL,
    "demand" DOUBLE PRECISION NOT NULL,
    "weight" INTEGER NOT NULL,
    "used_tokens" DOUBLE PRECISION NOT NULL,
    "used_requests" DOUBLE PRECISION NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "quota_demands_pkey" PRIMARY KEY ("process_id","quota")
);
