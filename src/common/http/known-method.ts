/** RFC 9110's, PATCH and QUERY, as https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/ has them. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);

/** The method, or `_OTHER` for the two dozen more that Node reads: each would be a label's value that any client can make. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : '_OTHER';
}
