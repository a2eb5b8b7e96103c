import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import { TokenCountUpstream } from '../bedrock/token-count-upstream.js';
import type { RequestLimits } from '../billing/limits/request-limits.js';
import { RequestMedia } from '../chat/request-media.js';
import type { WaitingClient } from '../common/http/waiting-client.js';
import { AppConfig } from '../config/app-config.js';
import { ModelRouter } from '../models/model-router.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { s3LocationLists } from '../tenants/access-rules.js';

/** Answer of `POST /v1/tokens/count`. */
export interface TokenCount {
  object: 'token_count';
  model: string;
  input_tokens: number;
}

/** Who wants to know. */
export interface TokenCounter {
  principal: KeyPrincipal;
  client: WaitingClient;
  /** Of this request. */
  limits: RequestLimits;
}

/** Counts the tokens of a chat request before it is sent. */
@Injectable()
export class TokenCountsService {
  constructor(
    private readonly router: ModelRouter,
    private readonly media: RequestMedia,
    private readonly upstream: TokenCountUpstream,
    private readonly config: AppConfig,
  ) {}

  /**
   * Bedrock's own count for the model, which is what a call would be billed. A request as any other, that uses no tokens.
   * @throws GatewayError 429 `rate_limit_exceeded`
   */
  async count({ principal, client, limits }: TokenCounter, request: ChatRequest): Promise<TokenCount> {
    const route = await this.router.route(principal, request.model);
    const prepare = {
      media: await this.media.fetch(request, client),
      requestMetadata: {},
      promptCaching: this.config.enablePromptCaching,
      s3Locations: s3LocationLists(principal, this.config.s3Locations),
    };
    try {
      const hold = await limits.admit(route.candidates[0].model.baseId, () => 0);
      hold.begin();
      const tokens = await this.upstream.count(request, route, { client, prepare });
      return { object: 'token_count', model: route.name, input_tokens: tokens };
    } finally {
      await limits.close();
    }
  }
}
