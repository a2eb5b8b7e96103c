import { ACCOUNT_ID, ACCOUNT_MODELS } from '../catalogue/account-resources.js';
import { GUARDRAIL_ID } from '../guardrails/guardrail.js';
import { foundationModelArn } from './foundation-models.js';
import { page } from './page.js';

const CREATED_AT = '2026-01-01T00:00:00Z';

/** What this account owns: one sample of each kind, so that a client sees every shape. */
export type AccountList = (region: string, query: URLSearchParams) => unknown;

export const listImportedModels: AccountList = (region, query) =>
  page(
    'modelSummaries',
    samples('imported-model').map(({ resource }) => ({
      modelArn: arn(region, resource),
      modelName: 'sandbox-imported-llama',
      creationTime: CREATED_AT,
      instructSupported: true,
      modelArchitecture: 'llama',
    })),
    query,
  );

export const listCustomModels: AccountList = (region, query) =>
  page(
    'modelSummaries',
    samples('custom-model-deployment').map(({ base }) => ({
      modelArn: customModelArn(region, base),
      modelName: 'sandbox-custom-nova',
      creationTime: CREATED_AT,
      baseModelArn: foundationModelArn(base, region),
      baseModelName: 'Nova Lite',
      customizationType: 'FINE_TUNING',
      ownerAccountId: ACCOUNT_ID,
      modelStatus: 'Active',
    })),
    query,
  );

export const listCustomModelDeployments: AccountList = (region, query) =>
  page(
    'modelDeploymentSummaries',
    samples('custom-model-deployment').map(({ resource, base }) => ({
      customModelDeploymentArn: arn(region, resource),
      customModelDeploymentName: 'sandbox-deployment',
      modelArn: customModelArn(region, base),
      createdAt: CREATED_AT,
      status: 'Active',
      lastUpdatedAt: CREATED_AT,
    })),
    query,
  );

export const listProvisionedThroughputs: AccountList = (region, query) =>
  page(
    'provisionedModelSummaries',
    samples('provisioned-model').map(({ resource, base }) => ({
      provisionedModelName: 'sandbox-provisioned',
      provisionedModelArn: arn(region, resource),
      modelArn: foundationModelArn(base, region),
      desiredModelArn: foundationModelArn(base, region),
      foundationModelArn: foundationModelArn(base, region),
      modelUnits: 1,
      desiredModelUnits: 1,
      status: 'InService',
      creationTime: CREATED_AT,
      lastModifiedTime: CREATED_AT,
    })),
    query,
  );

export const listPromptRouters: AccountList = (region, query) =>
  page(
    'promptRouterSummaries',
    samples('default-prompt-router').map(({ resource, base }) => ({
      promptRouterName: 'Nova Prompt Router',
      routingCriteria: { responseQualityDifference: 0 },
      description: 'Routes requests between the Nova models',
      createdAt: CREATED_AT,
      updatedAt: CREATED_AT,
      promptRouterArn: arn(region, resource),
      models: [
        { modelArn: foundationModelArn(base, region) },
        { modelArn: foundationModelArn('amazon.nova-lite-v1:0', region) },
      ],
      fallbackModel: { modelArn: foundationModelArn('amazon.nova-lite-v1:0', region) },
      status: 'AVAILABLE',
      type: 'default',
    })),
    query,
  );

export const listGuardrails: AccountList = (region, query) =>
  page(
    'guardrails',
    [
      {
        id: GUARDRAIL_ID,
        arn: arn(region, `guardrail/${GUARDRAIL_ID}`),
        status: 'READY',
        name: 'sandbox-guardrail',
        description: 'Blocks sandbox-block, sandbox-topic and sandbox-<filter>; masks e-mail addresses.',
        version: 'DRAFT',
        createdAt: CREATED_AT,
        updatedAt: CREATED_AT,
      },
    ],
    query,
  );

function samples(type: string): { resource: string; base: string }[] {
  return Object.entries(ACCOUNT_MODELS)
    .filter(([resource]) => resource.startsWith(`${type}/`))
    .map(([resource, base]) => ({ resource, base }));
}

function arn(region: string, resource: string): string {
  return `arn:aws:bedrock:${region}:${ACCOUNT_ID}:${resource}`;
}

function customModelArn(region: string, base: string): string {
  return arn(region, `custom-model/${base}:300k/sandboxcust1`);
}
