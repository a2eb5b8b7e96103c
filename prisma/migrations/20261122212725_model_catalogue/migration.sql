-- CreateTable
CREATE TABLE "model_aliases" (
    "tenant_id" TEXT NOT NULL DEFAULT '',
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "targets" JSONB NOT NULL,
    "fallbacks" TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_aliases_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "model_lists" (
    "region" TEXT NOT NULL,
    "list" TEXT NOT NULL,
    "items" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_lists_pkey" PRIMARY KEY ("region","list")
);

-- CreateIndex
CREATE UNIQUE INDEX "model_aliases_id_key" ON "model_aliases"("id");

-- CreateIndex
CREATE UNIQUE INDEX "model_aliases_tenant_id_name_key" ON "model_aliases"("tenant_id", "name");
