import { Injectable } from '@nestjs/common';
import { unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';
import { RerankFamily, type RerankInput } from './rerank-family.js';

/** `amazon.rerank-v1:0`. */
@Injectable()
export class AmazonRerankFamily extends RerankFamily {
  readonly name = 'amazon-rerank';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('amazon.rerank');
  }

  override toBody({ query, documents, resultsMax, documentTokensMax }: RerankInput): object {
    if (documentTokensMax !== undefined) {
      throw unsupportedParameter('max_tokens_per_doc', "This model does not take 'max_tokens_per_doc'.");
    }
    return {
      query,
      documents: documents.map((text) => ({ text })),
      ...(resultsMax === undefined ? {} : { top_n: resultsMax }),
    };
  }
}
