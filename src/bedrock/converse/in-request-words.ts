import { GatewayError } from '../../common/errors/gateway-error.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';

/** Bedrock has one word for the output limit and OpenAI two; a client looks for the one that it sent. */
export function inRequestWords(error: GatewayError, request: ChatRequest): GatewayError {
  if (error.param !== 'max_tokens' || request.max_completion_tokens == null || request.max_tokens != null) {
    return error;
  }
  const { message, status, type, code, headers, cause } = error;
  return new GatewayError(message, { status, type, code, headers, cause, param: 'max_completion_tokens' });
}
