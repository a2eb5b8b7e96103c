import { z } from 'zod';
import type { NativeFormat } from './invoke-answer.js';
import { readNative } from './native-body.js';
import { cosine, textVector } from './vectors.js';

const DIMENSIONS = 1024;
const DOCUMENTS_PER_QUERY = 100;

const document = z.union([z.string(), z.looseObject({})]);
const cohereBody = z.strictObject({
  query: z.string().min(1),
  documents: z.array(document).min(1).max(1000),
  top_n: z.int().min(1).optional(),
  api_version: z.int().min(2),
  max_tokens_per_doc: z.int().min(1).optional(),
});
const amazonBody = z.strictObject({
  query: z.string().min(1),
  documents: z.array(document).min(1).max(1000),
  top_n: z.int().min(1).optional(),
});

export const cohereRerank: NativeFormat = {
  serves: /^cohere\.rerank-v3-5:0$/,
  answer: (body) => rank(readNative(cohereBody, body)),
};

export const amazonRerank: NativeFormat = {
  serves: /^amazon\.rerank-v1:0$/,
  answer: (body) => rank(readNative(amazonBody, body)),
};

/** The best first, scored by what a document shares with the query. A query covers up to 100 documents. */
function rank(request: z.infer<typeof amazonBody>): ReturnType<NativeFormat['answer']> {
  const query = textVector(request.query, DIMENSIONS);
  const results = request.documents
    .map((entry, index) => {
      const text = typeof entry === 'string' ? entry : textOf(entry);
      return { index, relevance_score: Math.max(0, Math.min(1, cosine(query, textVector(text, DIMENSIONS)))) };
    })
    .sort((left, right) => right.relevance_score - left.relevance_score || left.index - right.index)
    .slice(0, request.top_n);
  const queries = Math.ceil(request.documents.length / DOCUMENTS_PER_QUERY);
  return { body: { results }, inputTokens: null, units: { queries } };
}

function textOf(entry: Record<string, unknown>): string {
  return typeof entry['text'] === 'string' ? entry['text'] : JSON.stringify(entry);
}
