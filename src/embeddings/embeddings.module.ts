import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { MediaFetcher } from '../common/media/media-fetcher.js';
import { ModelsModule } from '../models/models.module.js';
import { TokenCodecModule } from '../tokens/token-codec.module.js';
import { EmbeddingImages } from './embedding-images.js';
import { EmbeddingInputs } from './embedding-inputs.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingsService } from './embeddings.service.js';

@Module({
  imports: [BedrockModule, BillingModule, ModelsModule, TokenCodecModule],
  controllers: [EmbeddingsController],
  providers: [
    EmbeddingsService,
    EmbeddingInputs,
    EmbeddingImages,
    { provide: MediaFetcher, useFactory: () => new MediaFetcher() },
  ],
})
export class EmbeddingsModule {}
