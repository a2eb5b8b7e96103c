import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { ModelsModule } from '../models/models.module.js';
import { RerankController } from './rerank.controller.js';
import { RerankService } from './rerank.service.js';

@Module({
  imports: [BedrockModule, BillingModule, ModelsModule],
  controllers: [RerankController],
  providers: [RerankService],
})
export class RerankModule {}
