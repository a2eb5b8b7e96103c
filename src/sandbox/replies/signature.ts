import { sha256 } from './seed.js';

const PREFIX = 'c2FuZGJveC';

/** The seal that the sandbox puts under a thought, so that a changed thought is noticed when it comes back. */
export function sign(thought: string): string {
  return `${PREFIX}${Buffer.from(sha256(thought)).toString('base64')}`;
}

/** Signatures from elsewhere cannot be judged and pass. */
export function signatureFits(signature: string, thought: string): boolean {
  return !signature.startsWith(PREFIX) || signature === sign(thought);
}
