import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { Mapping } from './mapping.js';

/** Converse's own limit. */
const URI_LENGTH_MAX = 1024;
const S3_OBJECT = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+/;

/** A list entry that stands for every location. */
const EVERYWHERE = '*';

export function isS3Url(source: string): boolean {
  return source.startsWith('s3://');
}

/** Whether a file is the one that an entry names, or lies below it. */
function isBelow(uri: string, entry: string): boolean {
  return entry === EVERYWHERE || uri === entry || uri.startsWith(entry.endsWith('/') ? entry : `${entry}/`);
}

/**
 * Bedrock reads a file in S3 with the rights of the call, which are the gateway's or those of the tenant's role, and
 * never the client's: so operators say what may be named.
 * @throws GatewayError 400 naming `param` for any other location
 */
export function requireAllowedLocation(uri: string, param: string, { context: { s3Locations = [] } }: Mapping): void {
  if (!S3_OBJECT.test(uri) || uri.length > URI_LENGTH_MAX) {
    throw invalidRequest(param, `'${param}' must be s3://bucket/key.`, 'invalid_value');
  }
  const isAllowed = s3Locations.length > 0 && s3Locations.every((list) => list.some((entry) => isBelow(uri, entry)));
  if (!isAllowed) {
    throw invalidRequest(
      param,
      `'${param}' names a location in S3 that may not be read; the operator opens it with S3_LOCATIONS, or for the tenant with 'allowed_s3_locations'.`,
      'invalid_value',
    );
  }
}

function isInS3({ image, document, video }: ContentBlock): boolean {
  return (image ?? document ?? video)?.source?.s3Location !== undefined;
}

/**
 * Models of other providers refuse files in S3, but for documents in the results of tools: so it was recorded.
 * @throws GatewayError 400 naming `param`
 */
export function requireS3Reader(blocks: readonly ContentBlock[], param: string, { model }: Mapping): void {
  if (model.provider === 'amazon') return;
  if (blocks.some(isInS3)) {
    throw invalidRequest(param, 'This model does not read files from S3. Send the file itself.', 'unsupported_file');
  }
}
