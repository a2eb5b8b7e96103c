import { Body, Controller, HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Meter } from '../billing/metering/metered-request.js';
import type { AttemptMeter } from '../bedrock/upstream-attempt.js';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { Client, type WaitingClient } from '../common/http/waiting-client.js';
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
  create(
    @Body({ schema: rerankRequestSchema }) request: RerankRequest,
    @Caller() principal: KeyPrincipal,
    @Meter() meter: AttemptMeter,
    @Client() client: WaitingClient,
    @Req() { requestId }: GatewayRequest,
  ): Promise<Reranking> {
    return this.reranker.create({ principal, meter, client, requestId }, request);
  }
}
