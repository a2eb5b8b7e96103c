import type { CountTokensRequest } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import type { ModelRoute } from '../models/model-route.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { toGatewayError } from './bedrock.errors.js';
import { ChatFamilies } from './families/chat-families.js';
import type { PrepareContext } from './families/chat-family.js';
import { unreadableAnswer } from './invoke-upstream.js';
import { withRetries } from './retry.js';
import { isRetryable } from './retryable.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';

/** CountTokens: what a chat request would be billed as input. It bills nothing itself, so it is not metered. */
@Injectable()
export class TokenCountUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly families: ChatFamilies,
    private readonly config: AppConfig,
  ) {}

  /** @throws GatewayError 400 `model_not_supported` for a model that Bedrock does not count for */
  async count(request: ChatRequest, { candidates: [candidate] }: ModelRoute, context: PrepareContext): Promise<number> {
    const { model } = candidate;
    const { input } = this.families.for(model).prepare(request, model, context);
    const { messages, system, toolConfig, additionalModelRequestFields } = input;
    const counted: CountTokensRequest = {
      // Foundation models only: a profile's id is refused, though it leads to the same tokens.
      modelId: model.baseId,
      input: { converse: { messages, system, toolConfig, additionalModelRequestFields } },
    };
    const policy = { attemptsMax: this.config.awsMaxAttempts, baseDelayMs: 200, delayMsMax: 5_000 };
    try {
      const send = () => this.runtime.countTokens(candidate, counted);
      const {
        output: { inputTokens },
      } = await withRetries(send, isRetryable, { ...policy, random: Math.random });
      if (inputTokens === undefined) {
        throw unreadableAnswer();
      }
      return inputTokens;
    } catch (error) {
      throw aboutModel(toGatewayError(error));
    }
  }
}

function aboutModel(error: GatewayError): GatewayError {
  if (error.status !== 400 || !/support counting/i.test(error.message)) {
    return error;
  }
  const { message, status, type, headers, cause } = error;
  return new GatewayError(message, { status, type, headers, cause, code: 'model_not_supported', param: 'model' });
}
