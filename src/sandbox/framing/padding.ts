const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The member `p` of Bedrock's events: 1 to 62 characters that hide the length of the text from who watches the wire. */
export function padding(random: () => number): string {
  return ALPHABET.slice(0, 1 + Math.floor(random() * ALPHABET.length));
}
