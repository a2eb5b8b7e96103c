import type { UnitKind } from '../../bedrock/upstream-attempt.js';

/**
 * What models bill that is no token, in USD each, as of 2026-11-22, from AWS's price list and published tables of it:
 * a rerank query of up to 100 documents, an image beside the text, a text of whatever length. What is missing has no
 * figure that was published with a source, among them the text units of guardrails, whose price depends on their policies.
 */
export const LIST_UNIT_PRICES: readonly (readonly [model: string, scope: string, kind: UnitKind, usd: string])[] = [
  ['amazon.rerank-v1:0', 'in_region', 'query', '0.001'],
  ['cohere.rerank-v3-5:0', 'in_region', 'query', '0.002'],
  ['amazon.titan-embed-image-v1', 'in_region', 'image', '0.00006'],
  ['amazon.nova-2-multimodal-embeddings-v1:0', 'in_region', 'image', '0.00006'],
  ['twelvelabs.marengo-embed-2-7-v1:0', 'in_region', 'request', '0.00007'],
  ['twelvelabs.marengo-embed-2-7-v1:0', 'us', 'request', '0.00007'],
  ['twelvelabs.marengo-embed-2-7-v1:0', 'eu', 'request', '0.00007'],
];
