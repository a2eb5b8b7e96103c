import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { Mapping } from './mapping.js';

/** A file of a request, and what was said about it. */
export interface LabelledBytes {
  bytes: Uint8Array;
  /** Media type of the data URL or of the server; the bytes themselves go first. */
  label?: string;
}

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i;

/**
 * The bytes behind a data URL, plain base64 or an https URL that was fetched before.
 * @throws GatewayError 400 naming `param`
 */
export function toMediaBytes(source: string, param: string, { context }: Mapping): LabelledBytes {
  if (/^https?:/i.test(source)) {
    const fetched = context.media.get(source);
    if (fetched === undefined) {
      throw invalidRequest(param, `'${param}' could not be fetched; send the content as a data URL.`, 'invalid_value');
    }
    return { bytes: fetched.bytes, ...(fetched.mediaType ? { label: essence(fetched.mediaType) } : {}) };
  }
  const header = DATA_URL.exec(source.slice(0, 512));
  if (header === null) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(source.slice(0, 32))) {
      throw invalidRequest(param, `'${param}' must be a data URL or an https URL.`, 'invalid_value');
    }
    return { bytes: fromBase64(source, param) };
  }
  const data = source.slice(header[0].length);
  const label = essence(header[1] ?? '');
  const bytes = /;base64$/i.test(header[2] ?? '') ? fromBase64(data, param) : fromPercentEncoding(data, param);
  return { bytes, ...(label === '' ? {} : { label }) };
}

/** Type and subtype without parameters. */
export function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function fromBase64(data: string, param: string): Uint8Array {
  const text = /\s/.test(data) ? data.replace(/\s+/g, '') : data;
  const bytes = Buffer.from(text, 'base64');
  const digits = text.length - paddingOf(text);
  // The decoder leaves out what is no digit: then there are fewer bytes than the digits would make.
  if (digits === 0 || digits % 4 === 1 || bytes.length !== Math.floor((digits * 3) / 4)) {
    throw invalidRequest(param, `'${param}' does not hold valid base64.`, 'invalid_base64');
  }
  return bytes;
}

function paddingOf(text: string): number {
  if (text.endsWith('==')) return 2;
  return text.endsWith('=') ? 1 : 0;
}

function fromPercentEncoding(data: string, param: string): Uint8Array {
  try {
    return Buffer.from(decodeURIComponent(data), 'utf8');
  } catch {
    throw invalidRequest(param, `'${param}' does not hold a valid data URL.`, 'invalid_value');
  }
}
