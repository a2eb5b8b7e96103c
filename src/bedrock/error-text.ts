/** Long enough for any sentence of Bedrock's, short enough that an echoed request does not come back whole. */
const MESSAGE_CHARACTERS_MAX = 1_000;

const SECRETS: readonly [pattern: RegExp, replacement: string][] = [
  [/\barn:aws[\w-]*:[^\s"'`,;()<>]+/gi, '[resource]'],
  // Access key ids, all kinds: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  [/\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}\b/g, '[redacted]'],
  [/\b(?:bedrock-api-key-|ABSK|sk-|ak-)[\w+/=.-]{16,}/g, '[redacted]'],
  [/\bBearer\s+[\w+/=.~-]+/gi, '[redacted]'],
  [/\b(?:AWS4-HMAC-SHA256|Signature=|Credential=|X-Amz-[\w-]+=)[^\s]*/gi, '[redacted]'],
  // An account id, also in its written form 1234-5678-9012.
  [/\b\d{4}-?\d{4}-?\d{4}\b/g, '[account]'],
];

/** An upstream message as a client may read it: no ARN, account id or credential, and not endless. */
export function toPublicText(message: string): string {
  let text = message.slice(0, 10 * MESSAGE_CHARACTERS_MAX);
  for (const [pattern, replacement] of SECRETS) {
    text = text.replace(pattern, replacement);
  }
  text = text.replaceAll(/\s+/g, ' ').trim();
  return text.length > MESSAGE_CHARACTERS_MAX ? `${text.slice(0, MESSAGE_CHARACTERS_MAX)}…` : text;
}
