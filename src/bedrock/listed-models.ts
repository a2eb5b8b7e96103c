import type {
  CustomModelDeploymentSummary,
  CustomModelSummary,
  FoundationModelSummary,
  ImportedModelSummary,
  InferenceProfileSummary,
  PromptRouterSummary,
  ProvisionedModelSummary,
} from '@aws-sdk/client-bedrock';
import type { ListedModel, ListedResource } from '../models/model-source.js';

function toUnixSeconds(date: Date | undefined): number | null {
  return date === undefined ? null : Math.floor(date.getTime() / 1000);
}

export function fromFoundationModel(summary: FoundationModelSummary): ListedModel | undefined {
  if (summary.modelId === undefined) {
    return undefined;
  }
  const lifecycle = summary.modelLifecycle;
  return {
    id: summary.modelId,
    name: summary.modelName ?? summary.modelId,
    inputModalities: summary.inputModalities ?? [],
    outputModalities: summary.outputModalities ?? [],
    onDemand: summary.inferenceTypesSupported?.includes('ON_DEMAND') ?? false,
    streaming: summary.responseStreamingSupported ?? true,
    lifecycle: lifecycle?.status === 'LEGACY' ? 'LEGACY' : 'ACTIVE',
    createdAt: toUnixSeconds(lifecycle?.startOfLifeTime),
    legacyAt: toUnixSeconds(lifecycle?.legacyTime),
    endOfLifeAt: toUnixSeconds(lifecycle?.endOfLifeTime),
  };
}

/** A system-defined profile is invoked by its id, one of the account by its ARN. */
export function fromProfile(summary: InferenceProfileSummary): ListedResource | undefined {
  const { inferenceProfileArn: arn, inferenceProfileId: id } = summary;
  const serves = (summary.models ?? []).flatMap(({ modelArn }) => modelArn ?? []);
  if (arn === undefined || id === undefined || serves.length === 0) {
    return undefined;
  }
  return {
    id: summary.type === 'APPLICATION' ? arn : id,
    arn,
    name: summary.inferenceProfileName ?? id,
    serves,
    architecture: null,
    createdAt: toUnixSeconds(summary.createdAt),
  };
}

export function fromImportedModel(summary: ImportedModelSummary): ListedResource | undefined {
  return ofAccount(summary.modelArn, summary.modelName, [], summary.creationTime, summary.modelArchitecture);
}

export function fromCustomModel(summary: CustomModelSummary): ListedResource | undefined {
  return ofAccount(summary.modelArn, summary.modelName, [summary.baseModelArn], summary.creationTime);
}

export function fromDeployment(summary: CustomModelDeploymentSummary): ListedResource | undefined {
  const { customModelDeploymentArn, customModelDeploymentName, modelArn, createdAt } = summary;
  return ofAccount(customModelDeploymentArn, customModelDeploymentName, [modelArn], createdAt);
}

export function fromProvisionedThroughput(summary: ProvisionedModelSummary): ListedResource | undefined {
  if (summary.status === 'Creating' || summary.status === 'Failed') {
    return undefined;
  }
  const { provisionedModelArn, provisionedModelName, foundationModelArn, creationTime } = summary;
  return ofAccount(provisionedModelArn, provisionedModelName, [foundationModelArn], creationTime);
}

/** A router answers with its fallback model when it cannot tell, so that one's capabilities come first. */
export function fromPromptRouter(summary: PromptRouterSummary): ListedResource | undefined {
  const serves = [summary.fallbackModel?.modelArn, ...(summary.models ?? []).map(({ modelArn }) => modelArn)];
  return ofAccount(summary.promptRouterArn, summary.promptRouterName, serves, summary.createdAt);
}

function ofAccount(
  arn: string | undefined,
  name: string | undefined,
  serves: readonly (string | undefined)[],
  createdAt: Date | undefined,
  architecture?: string,
): ListedResource | undefined {
  if (arn === undefined) {
    return undefined;
  }
  return {
    id: arn,
    arn,
    name: name ?? arn.slice(arn.lastIndexOf('/') + 1),
    serves: [...new Set(serves.filter((served) => served !== undefined))],
    architecture: architecture ?? null,
    createdAt: toUnixSeconds(createdAt),
  };
}
