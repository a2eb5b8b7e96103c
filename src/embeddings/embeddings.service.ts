import { Injectable } from '@nestjs/common';
import { EmbeddingUpstream, type EmbeddedPart } from '../bedrock/embedding-upstream.js';
import type { MeteredCall } from '../billing/metering/metered-call.js';
import { ModelRouter } from '../models/model-router.js';
import type { EmbeddingList } from '../openai/embedding.js';
import type { EmbeddingRequest } from '../openai/embedding-request.schema.js';
import { EmbeddingInputs } from './embedding-inputs.js';
import { toEmbeddingList } from './to-embedding-list.js';
import { toEmbeddingOptions } from './to-embedding-options.js';
import { TokenCodec } from '../tokens/token-codec.js';

/** Embeddings: resolves the model, checks what the key may do, reads the inputs and asks Bedrock for their vectors. */
@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly router: ModelRouter,
    private readonly inputs: EmbeddingInputs,
    private readonly upstream: EmbeddingUpstream,
    private readonly tokens: TokenCodec,
  ) {}

  /** The vectors of all inputs, in their order, or a failure that names the one at fault. */
  async create(
    { principal, meter, client, requestId }: MeteredCall,
    request: EmbeddingRequest,
  ): Promise<EmbeddingList> {
    const route = await this.router.route(principal, request.model, 'embedding');
    const inputs = await this.inputs.read(request, client);
    const requestMetadata = { tenant_id: principal.tenantId, key_id: principal.keyId, request_id: requestId };
    const parts = await this.upstream.embed(inputs, toEmbeddingOptions(request), route, {
      meter,
      client,
      requestMetadata,
    });
    return toEmbeddingList(
      parts.flatMap(({ vectors }) => vectors),
      {
        model: route.name,
        base64: request.encoding_format === 'base64',
        promptTokens: await this.countTokens(parts),
      },
    );
  }

  /** OpenAI's answer has no way to say that the count is not known, so the client gets an estimate; the ledger none. */
  private async countTokens(parts: readonly EmbeddedPart[]): Promise<number> {
    let total = 0;
    for (const { inputTokens, inputs } of parts) {
      total += inputTokens ?? (await this.tokens.count(inputs.map(({ text }) => text ?? '').join('\n')));
    }
    return total;
  }
}
