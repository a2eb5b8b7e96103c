/**
 * Claude's own count of its thinking tokens, which Converse's usage lacks, among the native fields of an answer: a request that names
 * `/usage` or `/usage/output_tokens_details` in `additionalModelResponseFieldPaths` gets it. Undefined when the model did not tell.
 */
export function thinkingTokensOf(nativeFields: unknown): number | undefined {
  const details = memberOf(memberOf(nativeFields, 'usage'), 'output_tokens_details');
  const tokens = memberOf(details, 'thinking_tokens');
  return typeof tokens === 'number' ? tokens : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
