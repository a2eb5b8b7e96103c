import type { UnitKind } from '../../bedrock/upstream-attempt.js';
import { toPicoUsd } from './money.js';

/**
 * What models bill that is no token, in USD each, as of 2026-11-22, from AWS's price list and published tables of it:
 * a rerank query of up to 100 documents, an image beside the text, a text of whatever length.
 */
const UNIT_PRICES: readonly (readonly [model: string, kind: UnitKind, usd: string])[] = [
  ['amazon.rerank-v1:0', 'query', '0.001'],
  ['cohere.rerank-v3-5:0', 'query', '0.002'],
  ['amazon.titan-embed-image-v1', 'image', '0.00006'],
  ['twelvelabs.marengo-embed-2-7-v1:0', 'request', '0.00007'],
];

const prices = new Map(UNIT_PRICES.map(([model, kind, usd]) => [`${kind} ${model}`, toPicoUsd(usd)]));

/** Pico-USD per unit; null where no price is known, which is not the same as free. */
export function findUnitPrice(model: string, kind: UnitKind): bigint | null {
  return prices.get(`${kind} ${model}`) ?? null;
}
