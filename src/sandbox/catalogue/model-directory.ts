import { BedrockError, validationError } from '../errors/bedrock-error.js';
import { ACCOUNT_MODELS, type ApplicationProfile } from './account-resources.js';
import { FOUNDATION_MODELS, type FoundationModel } from './foundation-models.js';
import { isCallableFrom } from './regions.js';

const INVALID_IDENTIFIER = 'The provided model identifier is invalid.';
const ENDED =
  'This model version has reached the end of its life. Please refer to the AWS documentation for more details.';
const ARN = /^arn:aws(?:-[a-z-]+)?:bedrock:([a-z0-9-]*):(\d{12})?:(.+)$/;

/** Finds the foundation model behind what a client names: base id, inference profile id, or ARN of either. */
export class ModelDirectory {
  private readonly models = new Map(FOUNDATION_MODELS.map((model) => [model.id, model]));
  private readonly applicationProfiles: ReadonlyMap<string, ApplicationProfile>;

  constructor(applicationProfiles: readonly ApplicationProfile[]) {
    this.applicationProfiles = new Map(applicationProfiles.map((profile) => [profile.id, profile]));
  }

  /** Throws what Bedrock answers for ids that this region does not know, or does not serve under this name. */
  resolve(modelId: string, region: string): FoundationModel {
    const arn = ARN.exec(modelId);
    return arn ? this.resolveResource(modelId, arn[3] ?? '', region) : this.resolveId(modelId, region);
  }

  /** The model of a base id, also of one that is called through a profile only. */
  foundation(id: string): FoundationModel {
    const model = this.models.get(id);
    if (!model) throw validationError(INVALID_IDENTIFIER);
    return refuseUnusable(model);
  }

  private resolveResource(arn: string, resource: string, region: string): FoundationModel {
    const [type = '', ...rest] = resource.split('/');
    const name = rest.join('/');
    if (type === 'foundation-model') return this.resolveBase(name);
    if (type === 'inference-profile') return this.resolveId(name, region);
    const target =
      type === 'application-inference-profile'
        ? this.applicationProfiles.get(name)?.copyFrom
        : ACCOUNT_MODELS[resource];
    if (!target) throw new BedrockError('ResourceNotFoundException', `Could not resolve the resource ${arn}.`);
    const behind = this.models.get(this.baseOf(target));
    if (!behind) throw validationError(INVALID_IDENTIFIER);
    return refuseUnusable(behind);
  }

  private resolveId(modelId: string, region: string): FoundationModel {
    const geography = geographyOf(modelId);
    if (!geography) return this.resolveBase(modelId);
    const model = this.models.get(modelId.slice(geography.length + 1));
    if (!model?.geographies.includes(geography) || !isCallableFrom(geography, region)) {
      throw validationError(INVALID_IDENTIFIER);
    }
    return refuseUnusable(model);
  }

  private resolveBase(id: string): FoundationModel {
    const model = this.foundation(id);
    if (model.access === 'profile') {
      throw validationError(
        `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
      );
    }
    return model;
  }

  private baseOf(id: string): string {
    const geography = geographyOf(id);
    return geography ? id.slice(geography.length + 1) : id;
  }
}

/** The geography prefix of an inference profile id; undefined for a base id. */
export function geographyOf(modelId: string): string | undefined {
  return /^(us-gov|us|eu|apac|jp|au|ca|in|global)\./.exec(modelId)?.[1];
}

function refuseUnusable(model: FoundationModel): FoundationModel {
  if (model.lifecycle === 'ended') throw new BedrockError('ResourceNotFoundException', ENDED);
  if (model.access === 'gated') {
    throw new BedrockError('AccessDeniedException', "You don't have access to the model with the specified model ID.");
  }
  return model;
}
