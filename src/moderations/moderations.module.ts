import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { ModerationsController } from './moderations.controller.js';
import { ModerationsService } from './moderations.service.js';

@Module({
  imports: [BedrockModule, BillingModule],
  controllers: [ModerationsController],
  providers: [ModerationsService],
})
export class ModerationsModule {}
