import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { toLimitHeaders } from '../billing/limits/limit-headers.js';
import { RateLimiter } from '../billing/limits/rate-limiter.js';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { Client, type WaitingClient } from '../common/http/waiting-client.js';
import { chatRequestSchema, type ChatRequest } from '../openai/chat-request.schema.js';
import { TokenCountsService, type TokenCount } from './token-counts.service.js';

/** Extension: takes the body of a chat completion and tells its input tokens. */
@Controller(DATA_PLANE_PREFIXES)
export class TokenCountsController {
  constructor(
    private readonly counts: TokenCountsService,
    private readonly limiter: RateLimiter,
  ) {}

  /** Open to keys that may chat. */
  @Post('tokens/count')
  @HttpCode(200)
  @Endpoint('chat')
  count(
    @Body({ schema: chatRequestSchema }) request: ChatRequest,
    @Caller() principal: KeyPrincipal,
    @Client() client: WaitingClient,
    @Req() { requestId }: GatewayRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenCount> {
    const limits = this.limiter.open(principal, requestId, (states) => response.set(toLimitHeaders(states)));
    return this.counts.count({ principal, client, limits }, request);
  }
}
