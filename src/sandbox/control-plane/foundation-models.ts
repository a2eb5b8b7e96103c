import { validationError } from '../errors/bedrock-error.js';
import { FOUNDATION_MODELS, type FoundationModel, type ModelKind } from '../catalogue/foundation-models.js';

const INPUT_MODALITIES: Readonly<Record<string, string>> = { T: 'TEXT', I: 'IMAGE', V: 'VIDEO', A: 'SPEECH' };
const OUTPUT_MODALITIES: Readonly<Record<ModelKind, readonly string[]>> = {
  chat: ['TEXT'],
  embedding: ['EMBEDDING'],
  rerank: ['TEXT'],
  image: ['IMAGE'],
  speech: ['SPEECH', 'TEXT'],
};

/** A time that no test comes to. */
const LEGACY = { status: 'LEGACY', legacyTime: '2026-06-01T00:00:00Z', endOfLifeTime: '2099-12-31T00:00:00Z' };

/** ListFoundationModels: not paged; ended models are gone from it. */
export function listFoundationModels(region: string, query: URLSearchParams): unknown {
  const summaries = FOUNDATION_MODELS.filter(({ lifecycle }) => lifecycle !== 'ended').map((model) =>
    toSummary(model, region),
  );
  return { modelSummaries: summaries.filter((summary) => isWanted(summary, query)) };
}

export function getFoundationModel(region: string, identifier: string): unknown {
  const id = identifier.split('foundation-model/').at(-1);
  const model = FOUNDATION_MODELS.find((candidate) => candidate.id === id);
  if (!model) throw validationError('The provided model identifier is invalid.');
  return { modelDetails: toSummary(model, region) };
}

export function foundationModelArn(id: string, region: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${id}`;
}

type Summary = ReturnType<typeof toSummary>;

function toSummary(model: FoundationModel, region: string) {
  return {
    modelArn: foundationModelArn(model.id, region),
    modelId: model.id,
    modelName: model.name,
    providerName: model.provider,
    inputModalities: Array.from(model.input, (letter) => INPUT_MODALITIES[letter] ?? letter),
    outputModalities: OUTPUT_MODALITIES[model.kind],
    responseStreamingSupported: model.kind === 'chat',
    customizationsSupported: [],
    inferenceTypesSupported: inferenceTypes(model),
    modelLifecycle: model.lifecycle === 'legacy' ? LEGACY : { status: 'ACTIVE' },
  };
}

function inferenceTypes({ access }: FoundationModel): string[] {
  if (access === 'profile') return ['INFERENCE_PROFILE'];
  return access === 'both' ? ['ON_DEMAND', 'INFERENCE_PROFILE'] : ['ON_DEMAND'];
}

function isWanted(summary: Summary, query: URLSearchParams): boolean {
  const provider = query.get('byProvider');
  const output = query.get('byOutputModality');
  const type = query.get('byInferenceType');
  return (
    (provider === null || summary.providerName.toLowerCase() === provider.toLowerCase()) &&
    (output === null || summary.outputModalities.includes(output)) &&
    (type === null || summary.inferenceTypesSupported.includes(type)) &&
    query.get('byCustomizationType') === null
  );
}
