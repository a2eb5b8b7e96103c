import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { Endpoint } from '../auth/decorators.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Call, type MeteredCall } from '../billing/metering/metered-call.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { rerankRequestSchema, type RerankRequest } from '../openai/rerank-request.schema.js';
import type { Reranking } from '../openai/rerank.js';
import { RerankService } from './rerank.service.js';

/** OpenAI has no such route; this is Cohere's and Jina's, and Cohere's clients put `/v2` before it. */
@Controller([...DATA_PLANE_PREFIXES, 'v2'])
@UseInterceptors(BillingInterceptor)
export class RerankController {
  constructor(private readonly reranker: RerankService) {}

  @Post('rerank')
  @HttpCode(200)
  @Endpoint('rerank')
  create(@Body({ schema: rerankRequestSchema }) request: RerankRequest, @Call() call: MeteredCall): Promise<Reranking> {
    return this.reranker.create(call, request);
  }
}
