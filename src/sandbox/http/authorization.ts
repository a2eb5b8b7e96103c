import { BedrockError } from '../errors/bedrock-error.js';

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/;

/** What a request's authorization says; a bearer token names neither region nor access key. */
export interface Authorization {
  region?: string;
  accessKeyId?: string;
}

/**
 * Reads it. Signatures are not verified: there is no secret. Throws what AWS answers to a request without or with
 * malformed authorization.
 */
export function readAuthorization(header: string | undefined, expectedService = 'bedrock'): Authorization {
  if (header === undefined) {
    throw new BedrockError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  if (/^Bearer \S+$/.test(header)) return {};
  const [, accessKeyId, region, service] = SIGNATURE.exec(header) ?? [];
  if (accessKeyId === undefined || region === undefined) {
    throw new BedrockError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (service !== expectedService) {
    const message = `Credential should be scoped to correct service: '${expectedService}'. `;
    throw new BedrockError('InvalidSignatureException', message);
  }
  return { region, accessKeyId };
}
