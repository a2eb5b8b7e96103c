import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { Endpoint } from '../auth/decorators.js';
import { BillingInterceptor } from '../billing/billing.interceptor.js';
import { Call, type MeteredCall } from '../billing/metering/metered-call.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
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
    @Call() call: MeteredCall,
  ): Promise<Moderation> {
    return this.moderations.create(call, request);
  }
}
