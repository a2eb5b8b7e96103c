import type { CountTokensRequest } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { WaitingClient } from '../common/http/waiting-client.js';
import type { ModelEntry } from '../models/model-entry.js';
import type { ModelRoute } from '../models/model-route.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { toGatewayError } from './bedrock.errors.js';
import { AttemptEngine } from './engine/attempt-engine.js';
import { ChatFamilies } from './families/chat-families.js';
import type { PrepareContext } from './families/chat-family.js';
import { unreadableAnswer } from './invoke-upstream.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';

/** Who wants to know, and what surrounds the request. */
export interface TokenCountCall {
  client: WaitingClient;
  prepare: PrepareContext;
}

/** CountTokens: what a chat request would be billed as input. It bills nothing itself, so it is not metered. */
@Injectable()
export class TokenCountUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly families: ChatFamilies,
    private readonly engine: AttemptEngine,
  ) {}

  /** @throws GatewayError 400 `model_not_supported` for a model that Bedrock does not count for */
  async count(request: ChatRequest, { candidates }: ModelRoute, call: TokenCountCall): Promise<number> {
    try {
      return await this.engine.run(candidates, call.client, (candidate) => {
        const input = this.toInput(request, candidate.model, call.prepare);
        return async () => {
          const { model, region, standIn } = candidate;
          call.client.attempting({ model: model.invokeId, region, standIn });
          const { output } = await this.runtime.countTokens(candidate, input);
          if (output.inputTokens === undefined) {
            throw unreadableAnswer();
          }
          return output.inputTokens;
        };
      });
    } catch (error) {
      throw aboutModel(toGatewayError(error));
    }
  }

  private toInput(request: ChatRequest, model: ModelEntry, context: PrepareContext): CountTokensRequest {
    const { input } = this.families.for(model).prepare(request, model, context);
    const { messages, system, toolConfig, additionalModelRequestFields } = input;
    return {
      // Foundation models only: a profile's id is refused, though it leads to the same tokens.
      modelId: model.baseId,
      input: { converse: { messages, system, toolConfig, additionalModelRequestFields } },
    };
  }
}

function aboutModel(error: GatewayError): GatewayError {
  if (error.status !== 400 || !/support counting/i.test(error.message)) {
    return error;
  }
  const { message, status, type, headers, cause } = error;
  return new GatewayError(message, { status, type, headers, cause, code: 'model_not_supported', param: 'model' });
}
