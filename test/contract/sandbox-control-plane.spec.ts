import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  type InferenceProfileSummary,
  ListCustomModelDeploymentsCommand,
  ListCustomModelsCommand,
  ListFoundationModelsCommand,
  ListGuardrailsCommand,
  ListImportedModelsCommand,
  ListInferenceProfilesCommand,
  ListPromptRoutersCommand,
  ListProvisionedModelThroughputsCommand,
} from '@aws-sdk/client-bedrock';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

let sandbox: Sandbox;

function clientIn(region: string): BedrockClient {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  return new BedrockClient({ endpoint: sandbox.url, region, maxAttempts: 1, credentials });
}

async function allProfiles(region: string): Promise<InferenceProfileSummary[]> {
  const client = clientIn(region);
  const profiles: InferenceProfileSummary[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await client.send(new ListInferenceProfilesCommand({ maxResults: 7, nextToken }));
    profiles.push(...(answer.inferenceProfileSummaries ?? []));
    nextToken = answer.nextToken;
  } while (nextToken);
  return profiles;
}

beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.close());

describe('the control plane of the sandbox, through the AWS SDK', () => {
  it('lists the foundation models that have not ended', async () => {
    const { modelSummaries = [] } = await clientIn('us-east-1').send(new ListFoundationModelsCommand({}));
    const byId = new Map(modelSummaries.map((model) => [model.modelId, model]));

    expect(modelSummaries.length).toBeGreaterThan(80);
    expect(byId.get('anthropic.claude-sonnet-4-6')).toMatchObject({
      modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6',
      providerName: 'Anthropic',
      inputModalities: ['TEXT', 'IMAGE'],
      inferenceTypesSupported: ['INFERENCE_PROFILE'],
      responseStreamingSupported: true,
      modelLifecycle: { status: 'ACTIVE' },
    });
    expect(byId.get('anthropic.claude-3-7-sonnet-20250219-v1:0')?.modelLifecycle?.status).toBe('LEGACY');
    expect(byId.has('anthropic.claude-3-sonnet-20240229-v1:0')).toBe(false);
  });

  it('filters the foundation models', async () => {
    const command = new ListFoundationModelsCommand({ byProvider: 'cohere', byOutputModality: 'EMBEDDING' });
    const { modelSummaries = [] } = await clientIn('us-east-1').send(command);

    expect(modelSummaries.map(({ modelId }) => modelId)).toEqual([
      'cohere.embed-english-v3',
      'cohere.embed-multilingual-v3',
      'cohere.embed-v4:0',
    ]);
  });

  it('gives one foundation model', async () => {
    const command = new GetFoundationModelCommand({ modelIdentifier: 'amazon.nova-lite-v1:0' });
    const { modelDetails } = await clientIn('us-east-1').send(command);

    expect(modelDetails).toMatchObject({ modelId: 'amazon.nova-lite-v1:0', modelName: 'Nova Lite' });
  });

  it('pages the profiles of a region', async () => {
    const profiles = await allProfiles('eu-west-1');
    const ids = profiles.map(({ inferenceProfileId }) => inferenceProfileId ?? '');

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('eu.anthropic.claude-sonnet-4-6');
    expect(ids).toContain('global.anthropic.claude-sonnet-4-6');
    expect(ids).toContain('sandbox00001');
    expect(ids.filter((id) => /^(us|apac|jp)\./.test(id))).toEqual([]);
  });

  it('gives an application profile by its ARN', async () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/sandbox00002';
    const command = new GetInferenceProfileCommand({ inferenceProfileIdentifier: arn });
    const profile = await clientIn('us-east-1').send(command);

    expect(profile).toMatchObject({
      type: 'APPLICATION',
      models: [{ modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' }],
    });
    expect(profile.createdAt).toBeInstanceOf(Date);
  });

  it('gives a sample of everything that an account may own', async () => {
    const client = clientIn('us-east-1');
    const owned = [
      (await client.send(new ListImportedModelsCommand({}))).modelSummaries,
      (await client.send(new ListCustomModelsCommand({}))).modelSummaries,
      (await client.send(new ListCustomModelDeploymentsCommand({}))).modelDeploymentSummaries,
      (await client.send(new ListProvisionedModelThroughputsCommand({}))).provisionedModelSummaries,
      (await client.send(new ListPromptRoutersCommand({}))).promptRouterSummaries,
      (await client.send(new ListGuardrailsCommand({}))).guardrails,
    ];

    expect(owned.map((list) => list?.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('fails one list and leaves the others, when told so by name', async () => {
    const client = clientIn('us-east-1');
    sandbox.script.next({ reply: 'for a call of the runtime' });
    sandbox.script.next({
      match: { operation: 'ListImportedModels' },
      fault: { kind: 'error', name: 'AccessDeniedException', message: 'not yours' },
    });

    await client.send(new ListGuardrailsCommand({}));
    await expect(client.send(new ListImportedModelsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await client.send(new ListImportedModelsCommand({}));
    expect(sandbox.script.pending).toBe(1);
  });
});
