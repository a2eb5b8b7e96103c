import type { PriceSubject } from './price.js';

/** Prefixes of inference profiles. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const PROFILE = /^(global|us-gov|us|eu|apac|jp|au|ca|in|sa|me|af)\.(.+)$/;
/** ARNs that end in an id which names the model; those of application profiles and provisioned models do not. */
const NAMING_ARN = /^arn:[^:]+:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;

/** What Bedrock bills for a call of this model id or ARN: the profile that is invoked decides the price. */
export function toPriceSubject(invokedModel: string, serviceTier: string | undefined): PriceSubject {
  const id = NAMING_ARN.exec(invokedModel)?.[1] ?? invokedModel;
  const [, scope = 'in_region', model = id] = PROFILE.exec(id) ?? [];
  return { model, scope, tier: serviceTier === undefined || serviceTier === 'default' ? 'standard' : serviceTier };
}
