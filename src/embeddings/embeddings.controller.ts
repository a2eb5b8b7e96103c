import { Body, Controller, HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Meter } from '../billing/metering/metered-request.js';
import type { AttemptMeter } from '../bedrock/upstream-attempt.js';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { Client, type WaitingClient } from '../common/http/waiting-client.js';
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
    @Caller() principal: KeyPrincipal,
    @Meter() meter: AttemptMeter,
    @Client() client: WaitingClient,
    @Req() { requestId }: GatewayRequest,
  ): Promise<EmbeddingList> {
    return this.embeddings.create({ principal, meter, client, requestId }, request);
  }
}
