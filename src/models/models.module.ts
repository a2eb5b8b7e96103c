import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { AliasBook } from './aliases/alias-book.js';
import { AliasRules } from './aliases/alias-rules.js';
import { ModelAliasRepository } from './aliases/model-alias.repository.js';
import { ModelAliasService } from './aliases/model-alias.service.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelListRepository } from './model-list.repository.js';
import { ModelRouter, RANDOM } from './model-router.js';
import { ModelsController } from './models.controller.js';
import { OpenModelsService } from './open-models.service.js';
import { RegionListsReader } from './region-lists.js';

@Module({
  imports: [AuditModule, AuthModule, BedrockModule, BillingModule, TenantsModule],
  controllers: [ModelsController],
  providers: [
    AliasBook,
    AliasRules,
    ModelAliasRepository,
    ModelAliasService,
    ModelCatalogue,
    ModelListRepository,
    ModelRouter,
    OpenModelsService,
    RegionListsReader,
    { provide: RANDOM, useValue: Math.random },
  ],
  exports: [AliasRules, ModelAliasService, ModelRouter],
})
export class ModelsModule {}
