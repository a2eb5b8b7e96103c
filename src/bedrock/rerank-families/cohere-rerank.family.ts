import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { RerankFamily, type RerankInput } from './rerank-family.js';

/** `cohere.rerank-v3-5:0`. */
@Injectable()
export class CohereRerankFamily extends RerankFamily {
  readonly name = 'cohere-rerank';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('cohere.rerank');
  }

  override toBody({ query, documents, resultsMax, documentTokensMax }: RerankInput): object {
    return {
      query,
      documents,
      api_version: 2,
      ...(resultsMax === undefined ? {} : { top_n: resultsMax }),
      ...(documentTokensMax === undefined ? {} : { max_tokens_per_doc: documentTokensMax }),
    };
  }
}
