import { z } from 'zod';
import { invalidRequest } from '../common/errors/gateway-error.js';
import type { ModelEntry } from '../models/model-entry.js';
import type { ModelRoute } from '../models/model-route.js';
import { unreadableAnswer, type InvokeCall, type InvokeUpstream } from './invoke-upstream.js';
import type { RerankFamily, RerankInput } from './rerank-families/rerank-family.js';

/** Bedrock bills a query for each hundred documents that are begun. */
const DOCUMENTS_PER_QUERY = 100;

const answerSchema = z.object({
  results: z.array(z.object({ index: z.int().min(0), relevance_score: z.number() })),
});

export interface RankedDocuments {
  /** The best first. */
  results: { index: number; relevance_score: number }[];
  /** Queries that Bedrock bills. */
  queries: number;
}

/** Rerank through InvokeModel, metered by the query. */
export class RerankUpstream {
  constructor(
    private readonly families: readonly RerankFamily[],
    private readonly upstream: InvokeUpstream,
  ) {}

  /** @throws GatewayError 400 for a model that does not rerank */
  async rerank(
    input: RerankInput,
    { candidates }: ModelRoute,
    caller: Pick<InvokeCall, 'meter' | 'client' | 'requestMetadata'>,
  ): Promise<RankedDocuments> {
    const queries = Math.ceil(input.documents.length / DOCUMENTS_PER_QUERY);
    const { body } = await this.upstream.invoke({
      ...caller,
      operation: 'rerank',
      candidates,
      plan: ({ model }) => {
        const family = this.familyOf(model);
        return { family: family.name, body: family.toBody(input), units: { kind: 'query', count: queries } };
      },
      param: 'documents',
    });
    const { success, data, error } = answerSchema.safeParse(body);
    if (!success || data.results.some(({ index }) => index >= input.documents.length)) {
      throw unreadableAnswer(error);
    }
    return { results: data.results, queries };
  }

  private familyOf(model: ModelEntry): RerankFamily {
    const family = this.families.find((candidate) => candidate.serves(model));
    if (family === undefined) {
      const message = `The model '${model.requestedId}' is not a rerank model that this gateway knows.`;
      throw invalidRequest('model', message, 'model_not_supported');
    }
    return family;
  }
}
