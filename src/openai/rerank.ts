export interface RerankResult {
  /** Position among the request's documents. */
  index: number;
  /** From 0 to 1. */
  relevance_score: number;
  /** Only when the request asked for it. */
  document?: { text: string };
}

/** Answer of `POST /v1/rerank` and `/v2/rerank`, the best document first. */
export interface Reranking {
  id: string;
  model: string;
  results: RerankResult[];
  /** A search unit is a query with up to 100 documents; Bedrock reports no tokens. */
  meta: { billed_units: { search_units: number } };
}
