import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const STRING_HEADER = 7;
const JSON_TYPE = 'application/json';

/**
 * One message of `application/vnd.amazon.eventstream`: total length, header length, checksum of these two,
 * headers, payload, checksum of all. Integers are big-endian, checksums CRC-32 (IEEE).
 */
export function encodeMessage(headers: ReadonlyArray<readonly [string, string]>, payload: Uint8Array): Buffer {
  const headerBytes = Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value)));
  const total = PRELUDE_BYTES + headerBytes.length + payload.length + CHECKSUM_BYTES;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headerBytes.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headerBytes.copy(message, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + headerBytes.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CHECKSUM_BYTES)), total - CHECKSUM_BYTES);
  return message;
}

/** `type` is the member of the stream's union, for example `contentBlockDelta`. */
export function encodeEvent(type: string, payload: unknown): Buffer {
  return encodeMessage(
    [
      [':event-type', type],
      [':content-type', JSON_TYPE],
      [':message-type', 'event'],
    ],
    json(payload),
  );
}

/** `type` is the exception's member of the stream's union, for example `throttlingException`. */
export function encodeException(type: string, payload: unknown): Buffer {
  return encodeMessage(
    [
      [':exception-type', type],
      [':content-type', JSON_TYPE],
      [':message-type', 'exception'],
    ],
    json(payload),
  );
}

/** A failure of the transport itself: it has headers and no payload. */
export function encodeErrorFrame(code: string, message: string): Buffer {
  return encodeMessage(
    [
      [':error-code', code],
      [':error-message', message],
      [':message-type', 'error'],
    ],
    Buffer.alloc(0),
  );
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const header = Buffer.alloc(nameBytes.length + valueBytes.length + 4);
  header.writeUInt8(nameBytes.length, 0);
  nameBytes.copy(header, 1);
  header.writeUInt8(STRING_HEADER, nameBytes.length + 1);
  header.writeUInt16BE(valueBytes.length, nameBytes.length + 2);
  valueBytes.copy(header, nameBytes.length + 4);
  return header;
}

function json(payload: unknown): Buffer {
  return Buffer.from(JSON.stringify(payload));
}
