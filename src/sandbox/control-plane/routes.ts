import type { ApplicationProfile } from '../catalogue/account-resources.js';
import * as account from './account-lists.js';
import { getFoundationModel, listFoundationModels } from './foundation-models.js';
import { getInferenceProfile, listInferenceProfiles } from './inference-profiles.js';

/** What a list or a look-up is made from. */
interface ControlPlaneRequest {
  region: string;
  query: URLSearchParams;
  applicationProfiles: readonly ApplicationProfile[];
}

interface ControlPlaneRoute {
  path: RegExp;
  operation: string;
  answer: (request: ControlPlaneRequest, identifier: string) => unknown;
}

const ROUTES: readonly ControlPlaneRoute[] = [
  {
    path: /^\/foundation-models$/,
    operation: 'ListFoundationModels',
    answer: ({ region, query }) => listFoundationModels(region, query),
  },
  {
    path: /^\/foundation-models\/(.+)$/,
    operation: 'GetFoundationModel',
    answer: ({ region }, identifier) => getFoundationModel(region, identifier),
  },
  {
    path: /^\/inference-profiles$/,
    operation: 'ListInferenceProfiles',
    answer: ({ region, query, applicationProfiles }) => listInferenceProfiles(region, query, applicationProfiles),
  },
  {
    path: /^\/inference-profiles\/(.+)$/,
    operation: 'GetInferenceProfile',
    answer: ({ region, applicationProfiles }, identifier) =>
      getInferenceProfile(region, identifier, applicationProfiles),
  },
  list('/imported-models', 'ListImportedModels', account.listImportedModels),
  list('/custom-models', 'ListCustomModels', account.listCustomModels),
  list(
    '/model-customization/custom-model-deployments',
    'ListCustomModelDeployments',
    account.listCustomModelDeployments,
  ),
  list('/provisioned-model-throughputs', 'ListProvisionedModelThroughputs', account.listProvisionedThroughputs),
  list('/prompt-routers', 'ListPromptRouters', account.listPromptRouters),
  list('/guardrails', 'ListGuardrails', account.listGuardrails),
];

/** A call of the control plane, found by its path. */
export interface FoundList {
  operation: string;
  answer: (request: ControlPlaneRequest) => unknown;
}

export function findControlPlaneRoute(path: string): FoundList | undefined {
  for (const { path: pattern, operation, answer } of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { operation, answer: (request) => answer(request, decodeURIComponent(match[1] ?? '')) };
  }
  return undefined;
}

function list(path: string, operation: string, answer: account.AccountList): ControlPlaneRoute {
  return { path: new RegExp(`^${path}$`), operation, answer: ({ region, query }) => answer(region, query) };
}
