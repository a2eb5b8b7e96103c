import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import type { RerankInput } from '../bedrock/rerank-families/rerank-family.js';
import { RerankUpstream } from '../bedrock/rerank-upstream.js';
import type { AttemptMeter } from '../bedrock/upstream-attempt.js';
import { AppConfig } from '../config/app-config.js';
import { ModelCatalogue } from '../models/model-catalogue.js';
import type { RerankRequest } from '../openai/rerank-request.schema.js';
import type { Reranking } from '../openai/rerank.js';
import { requireModel } from '../tenants/require-model.js';

/** Cohere's clients send Cohere's own names, of which Bedrock has the newest. */
const COHERE_MODEL = /^rerank-/i;
const COHERE_MODEL_ID = 'cohere.rerank-v3-5:0';

/** Who asks, and where its use is written. */
export interface RerankCaller {
  principal: KeyPrincipal;
  meter: AttemptMeter;
  requestId: string;
}

/** Rerank: resolves the model, checks what the key may do, and asks Bedrock for the order of the documents. */
@Injectable()
export class RerankService {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly upstream: RerankUpstream,
    private readonly config: AppConfig,
  ) {}

  /** The documents' places, the best first. */
  async create({ principal, meter, requestId }: RerankCaller, request: RerankRequest): Promise<Reranking> {
    const model = await this.catalogue.resolve(COHERE_MODEL.test(request.model) ? COHERE_MODEL_ID : request.model);
    requireModel(principal, model, this.config.awsRegion);
    const input = toInput(request);
    const requestMetadata = { tenant_id: principal.tenantId, key_id: principal.keyId, request_id: requestId };
    const { results, queries } = await this.upstream.rerank(input, model, { meter, requestMetadata });
    return {
      id: requestId,
      model: model.requestedId,
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
