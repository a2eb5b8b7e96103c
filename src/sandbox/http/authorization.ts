import { BedrockError } from '../errors/bedrock-error.js';

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/;

/**
 * The region that a request is signed for; `undefined` for a bearer token, which names none. Signatures are not
 * verified: there is no secret. Throws what AWS answers to a request without or with malformed authorization.
 */
export function readAuthorization(header: string | undefined): string | undefined {
  if (header === undefined) {
    throw new BedrockError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  if (/^Bearer \S+$/.test(header)) return undefined;
  const [, , region, service] = SIGNATURE.exec(header) ?? [];
  if (region === undefined) {
    throw new BedrockError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (service !== 'bedrock') {
    throw new BedrockError('InvalidSignatureException', "Credential should be scoped to correct service: 'bedrock'. ");
  }
  return region;
}
