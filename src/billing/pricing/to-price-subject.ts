import type { AttemptTarget } from '../../bedrock/upstream-attempt.js';
import type { PriceSubject } from './price.js';

/** Prefixes of inference profiles. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const PROFILE = /^(global|us-gov|us|eu|apac|jp|au|ca|in|sa|me|af)\.(.+)$/;
/** ARNs that end in an id which names the model; those of application profiles and provisioned models do not. */
const NAMING_ARN = /^arn:[^:]+:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;

/** What Bedrock bills for a call: the profile that is invoked decides the price, or the model behind an ARN that hides it. */
export function toPriceSubject({
  resolvedModel,
  behind,
  serviceTier,
}: Pick<AttemptTarget, 'resolvedModel' | 'behind' | 'serviceTier'>): PriceSubject {
  const tier = serviceTier === undefined || serviceTier === 'default' ? 'standard' : serviceTier;
  if (behind !== undefined) {
    return { model: behind.model, scope: behind.scope === 'in-region' ? 'in_region' : behind.scope, tier };
  }
  const id = NAMING_ARN.exec(resolvedModel)?.[1] ?? resolvedModel;
  const [, scope = 'in_region', model = id] = PROFILE.exec(id) ?? [];
  return { model, scope, tier };
}
