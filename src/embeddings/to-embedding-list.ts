import type { Embedding, EmbeddingList } from '../openai/embedding.js';

/** Four bytes per number, the least significant first, whatever the machine's own order is. */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

/** The vectors, in the order of the inputs, as OpenAI answers them. */
export function toEmbeddingList(
  vectors: readonly number[][],
  { model, base64, promptTokens }: { model: string; base64: boolean; promptTokens: number },
): EmbeddingList {
  const data = vectors.map<Embedding>((vector, index) => ({
    object: 'embedding',
    index,
    embedding: base64 ? toBase64(vector) : vector,
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
}
