import { ACCOUNT_ID, type ApplicationProfile } from '../catalogue/account-resources.js';
import { FOUNDATION_MODELS, type FoundationModel } from '../catalogue/foundation-models.js';
import { geographyOf } from '../catalogue/model-directory.js';
import { destinationRegions, isCallableFrom } from '../catalogue/regions.js';
import { BedrockError } from '../errors/bedrock-error.js';
import { foundationModelArn } from './foundation-models.js';
import { page } from './page.js';

const CREATED_AT = '2026-01-01T00:00:00Z';

interface ProfileSummary {
  inferenceProfileName: string;
  description: string;
  createdAt: string;
  updatedAt: string;
  inferenceProfileArn: string;
  models: { modelArn: string }[];
  inferenceProfileId: string;
  status: 'ACTIVE';
  type: 'SYSTEM_DEFINED' | 'APPLICATION';
}

/** ListInferenceProfiles: those that this region knows, system-defined and application. */
export function listInferenceProfiles(
  region: string,
  query: URLSearchParams,
  applicationProfiles: readonly ApplicationProfile[],
): unknown {
  const type = query.get('type');
  const profiles = allProfiles(region, applicationProfiles).filter((profile) => type === null || profile.type === type);
  return page('inferenceProfileSummaries', profiles, query);
}

export function getInferenceProfile(
  region: string,
  identifier: string,
  applicationProfiles: readonly ApplicationProfile[],
): unknown {
  const profile = allProfiles(region, applicationProfiles).find(
    ({ inferenceProfileArn, inferenceProfileId }) =>
      inferenceProfileArn === identifier || inferenceProfileId === identifier,
  );
  if (!profile) {
    throw new BedrockError('ResourceNotFoundException', 'The requested inference profile could not be found.');
  }
  return profile;
}

function allProfiles(region: string, applicationProfiles: readonly ApplicationProfile[]): ProfileSummary[] {
  const system = FOUNDATION_MODELS.filter(({ lifecycle }) => lifecycle !== 'ended').flatMap((model) =>
    model.geographies
      .filter((geography) => isCallableFrom(geography, region))
      .map((geography) => systemProfile(model, geography, region)),
  );
  return [...system, ...applicationProfiles.map((profile) => applicationProfile(profile, region))];
}

function systemProfile(model: FoundationModel, geography: string, region: string): ProfileSummary {
  const id = `${geography}.${model.id}`;
  const name = `${geography.toUpperCase()} ${model.provider} ${model.name}`;
  return {
    inferenceProfileName: name,
    description: `Routes requests to ${model.provider} ${model.name} in ${destinationRegions(geography).join(', ')}.`,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    inferenceProfileArn: `arn:aws:bedrock:${region}:${ACCOUNT_ID}:inference-profile/${id}`,
    models: destinationArns(model.id, geography),
    inferenceProfileId: id,
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
  };
}

function applicationProfile({ id, name, copyFrom }: ApplicationProfile, region: string): ProfileSummary {
  const geography = geographyOf(copyFrom);
  const models = geography
    ? destinationArns(copyFrom.slice(geography.length + 1), geography)
    : [{ modelArn: foundationModelArn(copyFrom, region) }];
  return {
    inferenceProfileName: name,
    description: 'A sample of the sandbox.',
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    inferenceProfileArn: `arn:aws:bedrock:${region}:${ACCOUNT_ID}:application-inference-profile/${id}`,
    models,
    inferenceProfileId: id,
    status: 'ACTIVE',
    type: 'APPLICATION',
  };
}

/** A global profile names the model without a region too. */
function destinationArns(modelId: string, geography: string): { modelArn: string }[] {
  const regions = geography === 'global' ? ['', ...destinationRegions(geography)] : destinationRegions(geography);
  return regions.map((region) => ({ modelArn: foundationModelArn(modelId, region) }));
}
