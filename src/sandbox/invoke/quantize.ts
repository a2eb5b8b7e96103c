/** Number formats of Cohere's embeddings. */
export type EmbeddingType = 'float' | 'int8' | 'uint8' | 'binary' | 'ubinary';

const BITS = 8;

/** A vector of length 1 in another number format; the binary ones hold 8 signs in a byte. */
export function quantize(vector: readonly number[], type: EmbeddingType): number[] {
  switch (type) {
    case 'float':
      return [...vector];
    case 'int8':
      return vector.map((value) => Math.max(-128, Math.min(127, Math.round(value * 127))));
    case 'uint8':
      return vector.map((value) => Math.max(0, Math.min(255, Math.round(value * 127) + 128)));
    case 'ubinary':
      return packSigns(vector);
    default:
      return packSigns(vector).map((byte) => byte - 128);
  }
}

/** Titan's binary format: one number, 0 or 1, for each sign. */
export function signs(vector: readonly number[]): number[] {
  return vector.map((value) => (value > 0 ? 1 : 0));
}

function packSigns(vector: readonly number[]): number[] {
  return Array.from({ length: vector.length / BITS }, (_value, byte) =>
    signs(vector.slice(byte * BITS, byte * BITS + BITS)).reduce((bits, bit) => (bits << 1) | bit, 0),
  );
}
