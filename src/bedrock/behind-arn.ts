import type { ResolvedModel } from '../models/model-entry.js';
import type { AttemptTarget } from './upstream-attempt.js';

/**
 * The one model behind the ARN of a profile, a deployment or bought capacity, as the lists of the account tell it.
 * Undefined where the id names its model itself, where several models may answer, and where nobody knows.
 */
export function behindArn({ invokeId, baseId, otherBaseIds, scope }: ResolvedModel): AttemptTarget['behind'] {
  const isHidden = invokeId.startsWith('arn:') && !baseId.startsWith('arn:');
  return isHidden && otherBaseIds.length === 0 && scope !== null ? { model: baseId, scope } : undefined;
}
