import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { LimitsModule } from '../billing/limits/limits.module.js';
import { ChatModule } from '../chat/chat.module.js';
import { ModelsModule } from '../models/models.module.js';
import { TokenCountsController } from './token-counts.controller.js';
import { TokenCountsService } from './token-counts.service.js';

@Module({
  imports: [BedrockModule, ChatModule, LimitsModule, ModelsModule],
  controllers: [TokenCountsController],
  providers: [TokenCountsService],
})
export class TokenCountsModule {}
