/**
 * Keys of this gateway and of others begin with `sk-` or `ak-`, tokens of an OIDC issuer with `eyJ`. There is no boundary in
 * front: in `Bearer%20sk-…` a digit stands there.
 */
const SECRET = /(sk-|ak-|sk%2d|ak%2d|eyJ)[^/]{8,}/gi;

/** A path of a request with everything masked that looks like a key which somebody has put there. */
export function maskSecrets(path: string): string {
  return path.replace(SECRET, '$1***');
}
