import type { GuardrailStreamConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { Extensions } from './to-extensions.js';

/** The guardrail of a request, member by member. Only ConverseStream knows a processing mode. */
export function toGuardrailConfig(
  config: Extensions['guardrailConfig'],
  isStreamed: boolean,
): GuardrailStreamConfiguration | undefined {
  if (config === undefined) {
    return undefined;
  }
  const { guardrailIdentifier, guardrailVersion, trace, streamProcessingMode } = config;
  return {
    guardrailIdentifier,
    guardrailVersion,
    ...(trace ? { trace } : {}),
    ...(streamProcessingMode && isStreamed ? { streamProcessingMode } : {}),
  };
}
