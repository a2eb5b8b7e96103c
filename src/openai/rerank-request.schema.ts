import { z } from 'zod';

/** Bedrock's own limit. */
const DOCUMENTS_MAX = 1000;

/**
 * Body of `POST /v1/rerank` and `/v2/rerank`: what Cohere's, Jina's and vLLM's have in common.
 * Sources: https://docs.cohere.com/reference/rerank, https://api.jina.ai/redoc#tag/rerank
 */
export const rerankRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048),
  query: z.string().min(1),
  documents: z
    .array(z.union([z.string(), z.record(z.string(), z.unknown())]))
    .min(1)
    .max(DOCUMENTS_MAX),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
  max_tokens_per_doc: z.int().min(1).nullish(),
});

export type RerankRequest = z.infer<typeof rerankRequestSchema>;
