import { Body, Controller, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Endpoint } from '../auth/decorators.js';
import { BilledAnswerInterceptor } from '../billing/billed-answer.interceptor.js';
import { Call, type MeteredCall } from '../billing/metering/metered-call.js';
import { adaptedFieldsHeader } from '../common/http/adapted-fields.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { completionRequestSchema, type CompletionRequest } from '../openai/completion-request.schema.js';
import { CompletionsService } from './completions.service.js';

/** https://platform.openai.com/docs/api-reference/completions/create */
@Controller(DATA_PLANE_PREFIXES)
@UseInterceptors(BilledAnswerInterceptor)
export class CompletionsController {
  constructor(private readonly completions: CompletionsService) {}

  /** Open to keys that may chat: it is the same thing in another shape. */
  @Post('completions')
  @HttpCode(200)
  @Endpoint('chat')
  async create(
    @Body({ schema: completionRequestSchema }) request: CompletionRequest,
    @Call() call: MeteredCall,
    @Res() response: Response,
  ) {
    return this.completions.create({ ...call, onAdapted: adaptedFieldsHeader(response) }, request);
  }
}
