import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { Endpoint } from '../auth/decorators.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Call, type MeteredCall } from '../billing/metering/metered-call.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import type { EmbeddingList } from '../openai/embedding.js';
import { embeddingRequestSchema, type EmbeddingRequest } from '../openai/embedding-request.schema.js';
import { EmbeddingsService } from './embeddings.service.js';

/** https://platform.openai.com/docs/api-reference/embeddings/create */
@Controller(DATA_PLANE_PREFIXES)
@UseInterceptors(BillingInterceptor)
export class EmbeddingsController {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Post('embeddings')
  @HttpCode(200)
  @Endpoint('embeddings')
  create(
    @Body({ schema: embeddingRequestSchema }) request: EmbeddingRequest,
    @Call() call: MeteredCall,
  ): Promise<EmbeddingList> {
    return this.embeddings.create(call, request);
  }
}
