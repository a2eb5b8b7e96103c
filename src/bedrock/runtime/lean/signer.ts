import { createHmac, hash } from 'node:crypto';
import { BoundedMap } from '../../../common/bounded-map.js';
import type { AwsCredentials } from '../credentials.js';
import { HmacKey } from '../../../common/crypto/hmac-key.js';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Bedrock's runtime and its control plane share one signing name. */
const SERVICE = 'bedrock';
const KEYS_MAX = 1_000;
/** More than there are models; ids of clients must not fill the memory. */
const PATHS_MAX = 1_000;

/** What is signed of a POST: its host, its path as it is sent, its headers (names in lower case) and its body. */
export interface UnsignedPost {
  host: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * AWS Signature Version 4, with the derived key kept for its day, region and credentials.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class Signer {
  private readonly keys = new Map<string, HmacKey>();
  private readonly paths = new BoundedMap<string>(PATHS_MAX);

  /** The request's headers, with those that prove who sends it. `now` in milliseconds. */
  sign(request: UnsignedPost, credentials: AwsCredentials, region: string, now: number): Record<string, string> {
    const time = toAmzDate(now);
    const date = time.slice(0, 8);
    const payloadHash = hash('sha256', request.body, 'hex');
    const { sessionToken } = credentials;
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': time,
    };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    const names = Object.keys(headers).sort();
    const signedNames = names.join(';');
    let lines = '';
    for (const name of names) lines += `${name}:${canonicalValue(headers[name] ?? '')}\n`;
    const path = this.paths.getOrCreate(request.path, () => canonicalPath(request.path));
    const canonical = `POST\n${path}\n\n${lines}\n${signedNames}\n${payloadHash}`;
    const scope = `${date}/${region}/${SERVICE}/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = this.key(credentials, date, region).sign(text);
    headers['authorization'] =
      `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
    return headers;
  }

  private key(credentials: AwsCredentials, date: string, region: string): HmacKey {
    const id = `${credentials.accessKeyId}/${credentials.secretAccessKey}/${date}/${region}`;
    let key = this.keys.get(id);
    if (key === undefined) {
      const derived = [date, region, SERVICE, 'aws4_request'].reduce(
        (previous, part) => createHmac('sha256', previous).update(part).digest(),
        Buffer.from(`AWS4${credentials.secretAccessKey}`),
      );
      key = new HmacKey(derived);
      // Keys of past days and of role sessions that have ended are never asked for again.
      if (this.keys.size >= KEYS_MAX) this.keys.clear();
      this.keys.set(id, key);
    }
    return key;
  }
}

/** `20261122T213000Z` */
function toAmzDate(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function canonicalValue(value: string): string {
  return value.trim().replaceAll(/\s+/g, ' ');
}

/**
 * Without empty and relative segments, which endpoints of the settings may have, and encoded once more than on the wire,
 * except the slashes: every service but S3 signs its paths so.
 */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(escapeSegment(segment));
  }
  return `/${segments.join('/')}`;
}

/** Percent-encoding as AWS has it: `encodeURIComponent` leaves five more characters alone. */
export function escapeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
