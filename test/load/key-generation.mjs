// A million keys: collisions, time per key, and whether a changed character is ever taken for a key.
// npm run build && node test/load/key-generation.mjs [keys]
import { createSecret, isWellFormedSecret, randomLetters } from '../../dist/auth/secrets/secret-format.js';

const count = Number(process.argv[2] ?? 1_000_000);
const started = performance.now();
const keys = new Set();
for (let n = 0; n < count; n += 1) keys.add(createSecret('sk'));
const seconds = (performance.now() - started) / 1000;
console.log(`${count} keys in ${seconds.toFixed(1)} s, ${((seconds / count) * 1e6).toFixed(2)} µs each`);
console.log(`collisions: ${count - keys.size}`);

let changed = 0;
let accepted = 0;
for (const key of keys) {
  const at = changed % key.length;
  const letter = randomLetters(1);
  if (letter !== key[at] && isWellFormedSecret(key.slice(0, at) + letter + key.slice(at + 1), 'sk')) accepted += 1;
  changed += 1;
}
console.log(`one character changed: ${accepted} of ${changed} still well-formed`);
process.exitCode = accepted === 0 && keys.size === count ? 0 : 1;
