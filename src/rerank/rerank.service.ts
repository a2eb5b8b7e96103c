import { Injectable } from '@nestjs/common';
import type { RerankInput } from '../bedrock/rerank-families/rerank-family.js';
import { RerankUpstream } from '../bedrock/rerank-upstream.js';
import type { MeteredCall } from '../billing/metering/metered-call.js';
import { ModelRouter } from '../models/model-router.js';
import type { RerankRequest } from '../openai/rerank-request.schema.js';
import type { Reranking } from '../openai/rerank.js';

/** Rerank: resolves the model, checks what the key may do, and asks Bedrock for the order of the documents. */
@Injectable()
export class RerankService {
  constructor(
    private readonly router: ModelRouter,
    private readonly upstream: RerankUpstream,
  ) {}

  /** The documents' places, the best first. */
  async create({ principal, meter, client, requestId }: MeteredCall, request: RerankRequest): Promise<Reranking> {
    const route = await this.router.route(principal, request.model, 'rerank');
    const input = toInput(request);
    const requestMetadata = { tenant_id: principal.tenantId, key_id: principal.keyId, request_id: requestId };
    const { results, queries } = await this.upstream.rerank(input, route, { meter, client, requestMetadata });
    return {
      id: requestId,
      model: route.name,
      results: results.map(({ index, relevance_score }) => ({
        index,
        relevance_score,
        ...(request.return_documents ? { document: { text: input.documents[index] ?? '' } } : {}),
      })),
      meta: { billed_units: { search_units: queries } },
    };
  }
}

function toInput({ query, documents, top_n: topN, max_tokens_per_doc: documentTokensMax }: RerankRequest): RerankInput {
  return {
    query,
    documents: documents.map(toText),
    ...(topN == null ? {} : { resultsMax: Math.min(topN, documents.length) }),
    ...(documentTokensMax == null ? {} : { documentTokensMax }),
  };
}

/** Clients send texts, objects with a `text`, and objects whose members are all to be ranked. */
function toText(document: RerankRequest['documents'][number]): string {
  if (typeof document === 'string') {
    return document;
  }
  return typeof document['text'] === 'string' ? document['text'] : JSON.stringify(document);
}
