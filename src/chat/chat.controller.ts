import { Body, Controller, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Endpoint } from '../auth/decorators.js';
import { BilledAnswerInterceptor } from '../billing/billed-answer.interceptor.js';
import { Call, type MeteredCall } from '../billing/metering/metered-call.js';
import { adaptedFieldsHeader } from '../common/http/adapted-fields.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { chatRequestSchema, type ChatRequest } from '../openai/chat-request.schema.js';
import { ChatService } from './chat.service.js';

/** https://platform.openai.com/docs/api-reference/chat/create */
@Controller(DATA_PLANE_PREFIXES)
@UseInterceptors(BilledAnswerInterceptor)
export class ChatController {
  constructor(private readonly chat: ChatService) {}

  @Post('chat/completions')
  @HttpCode(200)
  @Endpoint('chat')
  async create(
    @Body({ schema: chatRequestSchema }) request: ChatRequest,
    @Call() call: MeteredCall,
    @Res() response: Response,
  ) {
    return this.chat.create({ ...call, onAdapted: adaptedFieldsHeader(response) }, request);
  }
}
