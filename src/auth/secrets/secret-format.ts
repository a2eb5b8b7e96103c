import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Largest multiple of 62 in a byte: bytes above it are thrown away, or the first letters would come up more often. */
const FAIR_BYTES = 248;
/** 30 letters of 62 are 178 bits. */
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** What a secret opens: `sk` a tenant's endpoints, `ak` the administration. */
export type SecretKind = 'sk' | 'ak';

/** The form of every secret that is issued here, for secret scanners. */
export const SECRET_PATTERN = /^(?:sk|ak)-[0-9A-Za-z]{36}$/;

/** `length` letters and digits, each drawn evenly. */
export function randomLetters(length: number): string {
  let letters = '';
  while (letters.length < length) {
    for (const byte of randomBytes(2 * (length - letters.length))) {
      if (byte < FAIR_BYTES && letters.length < length) letters += ALPHABET[byte % ALPHABET.length];
    }
  }
  return letters;
}

/** A new secret: kind, 178 random bits, and a checksum over both that catches every mistyped letter. */
export function createSecret(kind: SecretKind): string {
  const body = `${kind}-${randomLetters(RANDOM_LENGTH)}`;
  return body + checksum(body);
}

/** Whether this could be a secret of that kind, told without asking the database. */
export function isWellFormedSecret(secret: string, kind: SecretKind): boolean {
  return (
    secret.startsWith(`${kind}-`) &&
    SECRET_PATTERN.test(secret) &&
    checksum(secret.slice(0, -CHECKSUM_LENGTH)) === secret.slice(-CHECKSUM_LENGTH)
  );
}

/** Start and end of a secret, by which people recognise it; too little to guess the rest. */
export function secretHint(secret: string): { prefix: string; lastFour: string } {
  const shown = secret.length >= 16 ? 4 : 0;
  return { prefix: secret.slice(0, shown === 0 ? 0 : 7), lastFour: shown === 0 ? '' : secret.slice(-shown) };
}

function checksum(body: string): string {
  let rest = crc32(body);
  let letters = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit += 1) {
    letters = ALPHABET[rest % ALPHABET.length] + letters;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return letters;
}
