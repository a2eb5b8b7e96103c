import { seededRandom, sha256 } from '../replies/seed.js';

const WORD_WEIGHT = 1;
const GRAM_WEIGHT = 0.5;
const GRAM_LENGTH = 3;

/**
 * A vector of length 1 made from the words of a text and the trigrams inside them, each hashed to a place and a sign:
 * equal texts get equal vectors, and the more two texts share the closer they are.
 */
export function textVector(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const [feature, weight] of features(text)) {
    const hash = fnv1a(feature);
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + (hash >>> 31 ? weight : -weight);
  }
  return normalize(vector);
}

/** A vector of length 1 that depends on every byte; media are close to nothing but themselves. */
export function mediaVector(base64: string, dimensions: number): number[] {
  const random = seededRandom(sha256(base64));
  return normalize(Array.from({ length: dimensions }, () => random() - 0.5));
}

/** The direction between several vectors. */
export function mixVectors(vectors: readonly number[][]): number[] {
  const [first = []] = vectors;
  return normalize(first.map((_value, place) => vectors.reduce((sum, vector) => sum + (vector[place] ?? 0), 0)));
}

export function scale(vector: readonly number[], factor: number): number[] {
  return vector.map((value) => Math.fround(value * factor));
}

/** Of two vectors of length 1. */
export function cosine(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, place) => sum + value * (right[place] ?? 0), 0);
}

function* features(text: string): Generator<[string, number]> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
  for (const word of words) {
    yield [`word:${word}`, WORD_WEIGHT];
    const padded = ` ${word} `;
    for (let from = 0; from + GRAM_LENGTH <= padded.length; from++) {
      yield [`gram:${padded.slice(from, from + GRAM_LENGTH)}`, GRAM_WEIGHT];
    }
  }
}

function normalize(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  // Features may cancel each other out; such a text still needs a direction.
  if (length === 0) return vector.map((_value, place) => (place === 0 ? 1 : 0));
  return vector.map((value) => Math.fround(value / length));
}

/** 32 bits of FNV-1a over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
