import { hasRow } from './capability.js';
import type { ModelKind } from './model-entry.js';

/** Rerank models are listed with text as their output, so the id goes before the list. */
const BY_ID: readonly (readonly [RegExp, ModelKind])[] = [
  [/\.rerank/, 'rerank'],
  [/embed/, 'embedding'],
  [/^stability\./, 'image'],
];

/** By what a model puts out, the rarest first: a model that speaks also writes. */
const BY_OUTPUT: readonly (readonly [string, ModelKind])[] = [
  ['EMBEDDING', 'embedding'],
  ['SPEECH', 'speech'],
  ['VIDEO', 'video'],
  ['TEXT', 'chat'],
  ['IMAGE', 'image'],
];

/** What a foundation model is for, from its row, its id, and what Bedrock lists as its output. */
export function toModelKind(baseId: string, outputModalities: readonly string[] = []): ModelKind | null {
  if (hasRow(baseId)) {
    return 'chat';
  }
  const known =
    BY_ID.find(([pattern]) => pattern.test(baseId)) ?? BY_OUTPUT.find(([output]) => outputModalities.includes(output));
  return known?.[1] ?? null;
}
