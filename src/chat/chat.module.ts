import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { MediaFetcher } from '../common/media/media-fetcher.js';
import { ModelsModule } from '../models/models.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { RequestMedia } from './request-media.js';

@Module({
  imports: [BedrockModule, BillingModule, ModelsModule],
  controllers: [ChatController],
  providers: [ChatService, RequestMedia, { provide: MediaFetcher, useFactory: () => new MediaFetcher() }],
  exports: [ChatService, RequestMedia],
})
export class ChatModule {}
