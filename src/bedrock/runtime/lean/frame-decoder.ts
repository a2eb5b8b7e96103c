import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** The format's own limit: 24 MiB of message. Source: the event-stream specification of Smithy. */
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024;
const HEADER_SETS_MAX = 256;

/** Bytes of each header type that has a fixed length, by its number: two booleans, four integers, time and uuid. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BINARY = 6;
const STRING = 7;

/** One message of `application/vnd.amazon.eventstream`, its checksums proven. */
export interface Frame {
  /** Headers whose value is text. */
  headers: Readonly<Record<string, string>>;
  /** JSON text, or empty. */
  payload: string;
}

/**
 * Cuts bytes into messages, wherever the reads happen to part them.
 * @throws Error in the words of the SDK's decoder
 */
export class FrameDecoder {
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  /** Fewer bytes than these cannot be a message, or not the one that has begun. */
  private neededBytes = PRELUDE_BYTES;
  private readonly headerSets = new Map<string, Readonly<Record<string, string>>>();

  /** Calls `take` for each message that is whole. */
  push(chunk: Buffer, take: (frame: Frame) => void): void {
    const bytes = this.joined(chunk);
    if (bytes === undefined) return;
    let from = 0;
    this.neededBytes = PRELUDE_BYTES;
    while (bytes.length - from >= PRELUDE_BYTES) {
      const { length, headerBytes } = readPrelude(bytes, from);
      if (bytes.length - from < length) {
        this.neededBytes = length;
        break;
      }
      take(this.decode(bytes.subarray(from, from + length), headerBytes));
      from += length;
    }
    if (from < bytes.length) this.keep(bytes.subarray(from));
  }

  /** @throws Error when the bytes ended inside a message */
  end(): void {
    if (this.pieceBytes > 0) throw new Error('Truncated event message received.');
  }

  /** All that is there, once it is enough; a large message is put together once and not for each piece. */
  private joined(chunk: Buffer): Buffer | undefined {
    if (this.pieceBytes === 0) return chunk;
    this.keep(chunk);
    if (this.pieceBytes < this.neededBytes) return undefined;
    const bytes = Buffer.concat(this.pieces, this.pieceBytes);
    this.pieces = [];
    this.pieceBytes = 0;
    return bytes;
  }

  private keep(piece: Buffer): void {
    this.pieces.push(piece);
    this.pieceBytes += piece.length;
  }

  private decode(message: Buffer, headerBytes: number): Frame {
    const end = message.length - CHECKSUM_BYTES;
    if (message.readUInt32BE(end) !== crc32(message.subarray(0, end))) {
      throw new Error('The message checksum did not match the expected value.');
    }
    const payloadAt = PRELUDE_BYTES + headerBytes;
    return {
      headers: this.headers(message.subarray(PRELUDE_BYTES, payloadAt)),
      payload: message.toString('utf8', payloadAt, end),
    };
  }

  /** A stream has thousands of messages and a handful of different headers. */
  private headers(bytes: Buffer): Readonly<Record<string, string>> {
    const id = bytes.toString('latin1');
    let headers = this.headerSets.get(id);
    if (headers === undefined) {
      headers = readHeaders(bytes);
      if (this.headerSets.size < HEADER_SETS_MAX) this.headerSets.set(id, headers);
    }
    return headers;
  }
}

function readPrelude(bytes: Buffer, at: number): { length: number; headerBytes: number } {
  if (bytes.readUInt32BE(at + 8) !== crc32(bytes.subarray(at, at + 8))) {
    throw new Error('The prelude checksum specified in the message does not match the calculated CRC32 checksum.');
  }
  const length = bytes.readUInt32BE(at);
  const headerBytes = bytes.readUInt32BE(at + 4);
  if (length > MESSAGE_BYTES_MAX || length < PRELUDE_BYTES + headerBytes + CHECKSUM_BYTES) {
    throw new Error('The message length is not one that an event message can have.');
  }
  return { length, headerBytes };
}

function readHeaders(bytes: Buffer): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  let at = 0;
  try {
    while (at < bytes.length) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const name = bytes.toString('utf8', at + 1, nameEnd);
      const type = bytes.readUInt8(nameEnd);
      at = nameEnd + 1;
      if (type === STRING || type === BINARY) {
        const valueEnd = at + 2 + bytes.readUInt16BE(at);
        if (type === STRING) headers[name] = bytes.toString('utf8', at + 2, valueEnd);
        at = valueEnd;
      } else {
        at += FIXED_BYTES[type] ?? unknownType();
      }
    }
  } catch (cause) {
    throw new Error('The headers of an event message could not be read.', { cause });
  }
  return headers;
}

function unknownType(): never {
  throw new RangeError('Unknown header type.');
}
