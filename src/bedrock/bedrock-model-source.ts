import {
  ListFoundationModelsCommand,
  paginateListCustomModelDeployments,
  paginateListCustomModels,
  paginateListImportedModels,
  paginateListInferenceProfiles,
  paginateListPromptRouters,
  paginateListProvisionedModelThroughputs,
  type BedrockClient,
  type InferenceProfileType,
} from '@aws-sdk/client-bedrock';
import {
  ListRefused,
  ModelSource,
  type ListedModel,
  type ListedResource,
  type ResourceList,
} from '../models/model-source.js';
import {
  fromCustomModel,
  fromDeployment,
  fromFoundationModel,
  fromImportedModel,
  fromProfile,
  fromPromptRouter,
  fromProvisionedThroughput,
} from './listed-models.js';

/** The most of a page that Bedrock takes for every one of the lists. */
const PAGE_SIZE = 1000;
const ROUTER_PAGE_SIZE = 100;
/** The first request waits for the lists, so a silent control plane must not hold it up for long. */
const LIST_TIMEOUT_MS = 5_000;

interface Paging {
  client: BedrockClient;
}
interface Calling {
  abortSignal: AbortSignal;
}

async function* profilePages(typeEquals: InferenceProfileType, paging: Paging, calling: Calling) {
  for await (const page of paginateListInferenceProfiles(paging, { typeEquals, maxResults: PAGE_SIZE }, calling)) {
    yield (page.inferenceProfileSummaries ?? []).map(fromProfile);
  }
}

/** The pages of each list, as what they name. */
const PAGES: Readonly<
  Record<ResourceList, (paging: Paging, calling: Calling) => AsyncIterable<(ListedResource | undefined)[]>>
> = {
  'system-profiles': (paging, calling) => profilePages('SYSTEM_DEFINED', paging, calling),
  'application-profiles': (paging, calling) => profilePages('APPLICATION', paging, calling),
  async *'imported-models'(paging, calling) {
    for await (const page of paginateListImportedModels(paging, { maxResults: PAGE_SIZE }, calling)) {
      yield (page.modelSummaries ?? []).map(fromImportedModel);
    }
  },
  async *'custom-models'(paging, calling) {
    for await (const page of paginateListCustomModels(paging, { maxResults: PAGE_SIZE }, calling)) {
      yield (page.modelSummaries ?? []).map(fromCustomModel);
    }
  },
  async *'custom-deployments'(paging, calling) {
    const input = { statusEquals: 'Active', maxResults: PAGE_SIZE } as const;
    for await (const page of paginateListCustomModelDeployments(paging, input, calling)) {
      yield (page.modelDeploymentSummaries ?? []).map(fromDeployment);
    }
  },
  async *'provisioned-throughputs'(paging, calling) {
    const input = { maxResults: PAGE_SIZE };
    for await (const page of paginateListProvisionedModelThroughputs(paging, input, calling)) {
      yield (page.provisionedModelSummaries ?? []).map(fromProvisionedThroughput);
    }
  },
  async *'prompt-routers'(paging, calling) {
    for await (const page of paginateListPromptRouters(paging, { maxResults: ROUTER_PAGE_SIZE }, calling)) {
      yield (page.promptRouterSummaries ?? []).map(fromPromptRouter);
    }
  },
};

/** Bedrock's control plane, in every region that is asked for. */
export class BedrockModelSource extends ModelSource {
  constructor(private readonly clientOf: (region: string) => BedrockClient) {
    super();
  }

  override async listModels(region: string): Promise<ListedModel[]> {
    const abortSignal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    const client = this.clientOf(region);
    const answer = await client.send(new ListFoundationModelsCommand({}), { abortSignal }).catch(rethrow);
    const { modelSummaries = [] } = answer;
    return modelSummaries.flatMap((summary) => fromFoundationModel(summary) ?? []);
  }

  override async listResources(region: string, list: ResourceList): Promise<ListedResource[]> {
    const calling = { abortSignal: AbortSignal.timeout(LIST_TIMEOUT_MS) };
    const resources: ListedResource[] = [];
    try {
      for await (const page of PAGES[list]({ client: this.clientOf(region) }, calling)) {
        resources.push(...page.filter((resource) => resource !== undefined));
      }
    } catch (error) {
      rethrow(error);
    }
    return resources;
  }
}

function rethrow(error: unknown): never {
  if (error instanceof Error && error.name === 'AccessDeniedException') {
    throw new ListRefused(error.message, { cause: error });
  }
  throw error;
}
