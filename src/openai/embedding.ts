export interface EmbeddingUsage {
  prompt_tokens: number;
  total_tokens: number;
}

export interface Embedding {
  object: 'embedding';
  index: number;
  /** Numbers, or with `encoding_format: base64` their little-endian 32-bit floats in base64. */
  embedding: number[] | string;
}

/** Answer of `POST /v1/embeddings`. https://platform.openai.com/docs/api-reference/embeddings/create */
export interface EmbeddingList {
  object: 'list';
  data: Embedding[];
  model: string;
  usage: EmbeddingUsage;
}
