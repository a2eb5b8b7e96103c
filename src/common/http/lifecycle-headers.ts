import type { ModelLifecycle } from '../../models/model-entry.js';

/**
 * What an answer says of a model that will not stay: a warning in words, `Deprecation` (RFC 9745) and `Sunset`
 * (RFC 8594) where AWS has told the dates. Null: the header must not be there.
 */
export function lifecycleHeaders(model: string, lifecycle?: ModelLifecycle): [name: string, value: string | null][] {
  const { status, legacyAt = null, endOfLifeAt = null } = lifecycle ?? {};
  const end = endOfLifeAt === null ? null : new Date(endOfLifeAt * 1000);
  const until = end === null ? '' : ` Bedrock serves it until ${end.toISOString().slice(0, 10)}.`;
  return [
    ['x-gateway-warning', status === 'legacy' ? `The model ${model} is legacy.${until}` : null],
    ['deprecation', status === 'legacy' && legacyAt !== null ? `@${legacyAt}` : null],
    ['sunset', end === null ? null : end.toUTCString()],
  ];
}
