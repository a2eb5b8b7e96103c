import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Meter } from '../billing/metering/metered-request.js';
import type { AttemptMeter } from '../bedrock/upstream-attempt.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { Client, type WaitingClient } from '../common/http/waiting-client.js';
import { moderationRequestSchema, type ModerationRequest } from '../openai/moderation-request.schema.js';
import type { Moderation } from '../openai/moderation.js';
import { ModerationsService } from './moderations.service.js';

/** https://platform.openai.com/docs/api-reference/moderations/create */
@Controller(DATA_PLANE_PREFIXES)
@UseInterceptors(BillingInterceptor)
export class ModerationsController {
  constructor(private readonly moderations: ModerationsService) {}

  @Post('moderations')
  @HttpCode(200)
  @Endpoint('moderations')
  create(
    @Body({ schema: moderationRequestSchema }) request: ModerationRequest,
    @Caller() principal: KeyPrincipal,
    @Meter() meter: AttemptMeter,
    @Client() client: WaitingClient,
  ): Promise<Moderation> {
    return this.moderations.create({ principal, meter, client }, request);
  }
}
