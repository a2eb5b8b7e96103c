import type { AppConfig } from '../../src/config/app-config.js';
import { EmbeddingFamilies } from '../../src/bedrock/embedding-families/embedding-families.js';
import { EMBEDDING_FAMILIES } from '../../src/bedrock/embedding-families/index.js';
import { AttemptEngine } from '../../src/bedrock/engine/attempt-engine.js';
import { EmbeddingUpstream } from '../../src/bedrock/embedding-upstream.js';
import { InvokeUpstream } from '../../src/bedrock/invoke-upstream.js';
import { QuotaGate } from '../../src/bedrock/quota/quota-gate.js';
import { UsageMeter } from '../../src/billing/metering/usage-meter.js';
import { PriceBook } from '../../src/billing/pricing/price-book.js';
import { toEmbeddingList } from '../../src/embeddings/to-embedding-list.js';
import { toEmbeddingOptions } from '../../src/embeddings/to-embedding-options.js';
import type { ModelEntry } from '../../src/models/model-entry.js';
import type { ModelRoute } from '../../src/models/model-route.js';
import { embeddingRequestSchema } from '../../src/openai/embedding-request.schema.js';
import { failuresOf, type Assertion } from '../support/assertions.js';
import { noLimits } from '../support/no-limits.js';
import { schemaErrors } from '../support/openai-schemas.js';
import { OpenAdmission } from '../support/open-admission.js';
import { modelEntry } from '../support/prepare-request.js';
import { PatientClient } from '../support/patient-client.js';
import { RecordingLedger } from '../support/recording-ledger.js';
import { RECORDINGS, toReplayedAnswer, type Recording } from '../support/recordings.js';
import { bedrockAnswering, jsonAnswer, sdkRuntimeOn, type ReplayedAnswer } from '../support/replayed-bedrock.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';
import { PAYER } from '../support/usage-samples.js';

const CASES = 'cases/translation.jsonl';

/** What such an account's list of profiles would say of the one ARN among the recordings. */
const PROFILES: Readonly<Record<string, string>> = { otnfa2ysixqd: 'amazon.titan-embed-text-v2:0' };

const families = new EmbeddingFamilies(EMBEDDING_FAMILIES.map((Family) => new Family()));

interface NativeRequest {
  inputText?: string;
  texts?: string[];
  singleEmbeddingParams?: { text: { value: string } };
}

function entryOf(id: string): ModelEntry {
  const baseId = PROFILES[id.slice(id.lastIndexOf('/') + 1)];
  return baseId === undefined ? modelEntry(id) : { ...modelEntry(id), baseId };
}

function textsOf(body: NativeRequest | null | undefined): string[] {
  return body?.texts ?? [body?.inputText ?? body?.singleEmbeddingParams?.text.value ?? 'unknown'];
}

/** The vectors of any answer, found without the product. */
function expectedVectors(value: unknown): number[][] {
  if (Array.isArray(value)) {
    return typeof value[0] === 'number' ? [value as number[]] : value.flatMap(expectedVectors);
  }
  const { embedding, embeddings, float } = (value ?? {}) as Record<string, unknown>;
  return expectedVectors(embedding ?? embeddings ?? float ?? []);
}

async function embed(model: ModelEntry, body: object, answers: ReplayedAnswer[]) {
  const ledger = new RecordingLedger();
  const meter = new UsageMeter(ledger, new PriceBook(), new OpenAdmission(), noLimits(), PAYER, 'req_1');
  const runtime = sdkRuntimeOn(() => bedrockAnswering(answers.shift() ?? jsonAnswer(500, {})));
  const engine = new AttemptEngine({ attemptsMax: 1, retryRatio: 0, breakerFailures: 0 });
  const quotas = new QuotaGate({ find: () => undefined }, { waitMs: 0, processes: 1 });
  const config = { embeddingConcurrency: 1 } as AppConfig;
  const upstream = new EmbeddingUpstream(families, new InvokeUpstream(runtime, engine, quotas), config);
  const request = embeddingRequestSchema.parse({ model: model.requestedId, ...body });
  const texts = [request.input].flat() as string[];
  const inputs = texts.map((text) => ({ text, param: 'input' }));
  const route: ModelRoute = {
    name: model.requestedId,
    candidates: [{ model, region: 'us-east-1', account: null, standIn: 0 }],
  };
  const parts = await upstream.embed(inputs, toEmbeddingOptions(request), route, {
    meter,
    client: new PatientClient(),
    requestMetadata: {},
  });
  const list = toEmbeddingList(
    parts.flatMap(({ vectors }) => vectors),
    {
      model: model.requestedId,
      base64: request.encoding_format === 'base64',
      promptTokens: parts.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0),
    },
  );
  return { list, settled: ledger.settled };
}

const recorded = readJsonLines<Recording>(RECORDINGS).filter(
  ({ operation, response }) =>
    operation === 'InvokeModel' && response.status === 200 && expectedVectors(response.body_json).length > 0,
);
/** The recorder left these models' names open; their answers are those of a model that has one. */
const UNNAMED: Readonly<Record<string, string>> = { 'cohere.embed-unknown': 'cohere.embed-english-v3' };

describeWithShared(RECORDINGS)('recorded embeddings', () => {
  it('are there', () => {
    expect(recorded.length).toBeGreaterThan(10);
  });

  it.each(recorded.map((recording) => [recording.id, recording] as const))('%s', async (_id, recording) => {
    const { response, request, model_id: id } = recording;
    const vectors = expectedVectors(response.body_json);
    const recordedTexts = textsOf(request.body_json as NativeRequest | null | undefined);
    const input = vectors.length === recordedTexts.length ? recordedTexts : vectors.map(() => 'unknown');
    const { list, settled } = await embed(entryOf(UNNAMED[id] ?? id), { input }, [toReplayedAnswer(recording)]);
    expect(schemaErrors('embedding.list', list)).toEqual([]);
    expect(list.data.map(({ embedding }) => embedding)).toEqual(vectors);
    const header = Object.entries(response.headers).find(
      ([name]) => name.toLowerCase() === 'x-amzn-bedrock-input-token-count',
    )?.[1];
    const { inputTextTokenCount } = response.body_json as { inputTextTokenCount?: number };
    const tokens = inputTextTokenCount ?? (header === undefined ? null : Number(header));
    expect(settled).toMatchObject([{ outcome: 'success', inputTokens: tokens, usageReported: tokens !== null }]);
  });
});

interface RequestCase {
  id: string;
  kind: 'embedding_request';
  model: string;
  input: object;
  expected: { assert: Assertion[] };
}

interface ResponseCase extends Omit<RequestCase, 'kind' | 'input'> {
  kind: 'embedding_response';
  input: { request: object; bedrock: object | object[] };
}

function prepared({ model, input }: RequestCase): unknown {
  const request = embeddingRequestSchema.parse({ model, ...input });
  const text = { text: request.input as string, param: 'input' };
  return families.for(modelEntry(model)).prepare([text], toEmbeddingOptions(request))[0]?.body;
}

async function answered({ model, input }: ResponseCase): Promise<unknown> {
  const answers = [input.bedrock].flat().map((body) => jsonAnswer(200, body));
  const { list } = await embed(modelEntry(model), input.request, answers);
  return list;
}

const cases = readJsonLines<RequestCase | ResponseCase>(CASES).filter(({ kind }) => kind.startsWith('embedding_'));

describeWithShared(CASES)('translation cases of embeddings', () => {
  it('are there', () => {
    expect(cases.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['embedding_request', 'embedding_response']));
  });

  it.each(cases.map((one) => [one.id, one] as const))('%s', async (_id, one) => {
    const body = one.kind === 'embedding_request' ? prepared(one) : await answered(one);
    expect(failuresOf(one.expected.assert, { body })).toEqual([]);
  });
});
