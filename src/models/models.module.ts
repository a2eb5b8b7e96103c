import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelRouter } from './model-router.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [BedrockModule],
  controllers: [ModelsController],
  providers: [ModelCatalogue, ModelRouter],
  exports: [ModelCatalogue, ModelRouter],
})
export class ModelsModule {}
