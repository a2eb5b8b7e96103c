import { mapDeep } from '../map-deep.js';

/** JSON as the SDK writes it: bytes are base64 text. */
export function toWireJson(input: object): string {
  return JSON.stringify(mapDeep(input, toBase64));
}

function toBase64(part: object | bigint): string | undefined {
  return part instanceof Uint8Array
    ? Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64')
    : undefined;
}
