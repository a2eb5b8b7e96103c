import {
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
  type BedrockClient,
} from '@aws-sdk/client-bedrock';
import type { FoundationModelSummary, InferenceProfileSummary } from '@aws-sdk/client-bedrock';
import { ModelSource, type ListedModel, type ListedProfile } from '../models/model-source.js';

const PROFILE_PAGE_SIZE = 1000;
/** The first request waits for the lists, so a silent control plane must not hold it up for long. */
const LIST_TIMEOUT_MS = 5_000;

function toUnixSeconds(date: Date | undefined): number | null {
  return date === undefined ? null : Math.floor(date.getTime() / 1000);
}

function toListedModel(summary: FoundationModelSummary): ListedModel | undefined {
  if (summary.modelId === undefined) {
    return undefined;
  }
  return {
    id: summary.modelId,
    name: summary.modelName ?? summary.modelId,
    provider: summary.providerName ?? summary.modelId.split('.', 1)[0] ?? 'unknown',
    inputModalities: summary.inputModalities ?? [],
    outputModalities: summary.outputModalities ?? [],
    onDemand: summary.inferenceTypesSupported?.includes('ON_DEMAND') ?? false,
    streaming: summary.responseStreamingSupported ?? true,
    lifecycle: summary.modelLifecycle?.status === 'LEGACY' ? 'LEGACY' : 'ACTIVE',
    createdAt: toUnixSeconds(summary.modelLifecycle?.startOfLifeTime),
  };
}

/** An application profile is invoked by its ARN, a system-defined one by its id. */
function toListedProfile(summary: InferenceProfileSummary): ListedProfile | undefined {
  const modelId = summary.models?.[0]?.modelArn?.split('/').at(-1);
  const { inferenceProfileArn: arn, inferenceProfileId: id } = summary;
  if (modelId === undefined || arn === undefined || id === undefined) {
    return undefined;
  }
  const kind = summary.type === 'APPLICATION' ? 'application' : 'system';
  return {
    id: kind === 'application' ? arn : id,
    arn,
    name: summary.inferenceProfileName ?? id,
    kind,
    modelId,
    createdAt: toUnixSeconds(summary.createdAt),
  };
}

/** Bedrock's control plane: `ListFoundationModels` and `ListInferenceProfiles` of the client's region. */
export class BedrockModelSource extends ModelSource {
  constructor(private readonly client: BedrockClient) {
    super();
  }

  override async listModels(): Promise<ListedModel[]> {
    const { modelSummaries = [] } = await this.client.send(new ListFoundationModelsCommand({}), {
      abortSignal: AbortSignal.timeout(LIST_TIMEOUT_MS),
    });
    return modelSummaries.flatMap((summary) => toListedModel(summary) ?? []);
  }

  override async listProfiles(): Promise<ListedProfile[]> {
    const profiles: ListedProfile[] = [];
    const abortSignal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    for (const typeEquals of ['SYSTEM_DEFINED', 'APPLICATION'] as const) {
      const pages = paginateListInferenceProfiles(
        { client: this.client },
        { typeEquals, maxResults: PROFILE_PAGE_SIZE },
        { abortSignal },
      );
      for await (const page of pages) {
        profiles.push(...(page.inferenceProfileSummaries ?? []).flatMap((summary) => toListedProfile(summary) ?? []));
      }
    }
    return profiles;
  }
}
