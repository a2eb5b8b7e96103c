import { Body, Controller, HttpCode, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Meter } from '../billing/metering/metered-request.js';
import type { AttemptMeter } from '../bedrock/upstream-attempt.js';
import { adaptedFieldsHeader } from '../common/http/adapted-fields.js';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { Client, type WaitingClient } from '../common/http/waiting-client.js';
import { AnswerInterceptor } from '../common/sse/answer.interceptor.js';
import { completionRequestSchema, type CompletionRequest } from '../openai/completion-request.schema.js';
import { CompletionsService } from './completions.service.js';

/** https://platform.openai.com/docs/api-reference/completions/create */
@Controller(DATA_PLANE_PREFIXES)
@UseInterceptors(AnswerInterceptor, BillingInterceptor)
export class CompletionsController {
  constructor(private readonly completions: CompletionsService) {}

  /** Open to keys that may chat: it is the same thing in another shape. */
  @Post('completions')
  @HttpCode(200)
  @Endpoint('chat')
  async create(
    @Body({ schema: completionRequestSchema }) request: CompletionRequest,
    @Caller() principal: KeyPrincipal,
    @Meter() meter: AttemptMeter,
    @Client() client: WaitingClient,
    @Req() { requestId }: GatewayRequest,
    @Res() response: Response,
  ) {
    const onAdapted = adaptedFieldsHeader(response);
    return this.completions.create({ principal, meter, client, requestId, onAdapted }, request);
  }
}
