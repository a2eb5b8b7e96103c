import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { AliasBook } from './aliases/alias-book.js';
import { ModelAliasRepository } from './aliases/model-alias.repository.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelListRepository } from './model-list.repository.js';
import { ModelRouter, RANDOM } from './model-router.js';
import { ModelsController } from './models.controller.js';
import { OpenModelsService } from './open-models.service.js';
import { RegionListsReader } from './region-lists.js';

@Module({
  imports: [AuditModule, AuthModule, BedrockModule, BillingModule],
  controllers: [ModelsController],
  providers: [
    AliasBook,
    ModelAliasRepository,
    ModelCatalogue,
    ModelListRepository,
    ModelRouter,
    OpenModelsService,
    RegionListsReader,
    { provide: RANDOM, useValue: Math.random },
  ],
  exports: [ModelCatalogue, ModelRouter],
})
export class ModelsModule {}
