import { isDeepStrictEqual } from 'node:util';
import { readJson, describeWithShared } from '../../test/support/shared-data.js';
import { CAPABILITIES, UNKNOWN_CAPABILITIES } from './capability-table.js';
import { capabilitiesOf, toBaseId } from './capability.js';
import { modelRowSchema } from './capability.schema.js';

const FACTS = 'facts/bedrock-models.json';

interface Fact {
  id: string;
  kind: string;
  converse: boolean;
  tools: boolean | 'converse-only' | null;
  vision: boolean;
  systemPrompt: boolean;
  samplingParams: boolean;
  reasoning: { style?: string; canDisable?: boolean } | null;
  contextWindow: number | null;
  maxOutput: number | null;
  profiles: string[];
  lifecycle: string | null;
}

/** Where the table follows the capability matrix, a live probe or a recording instead of the collected figures. */
const CORRECTED: Readonly<Record<string, readonly string[]>> = {
  samplingParameters: [
    'openai.gpt-6-astra',
    'openai.gpt-6-luna',
    'openai.gpt-6-sol',
    'openai.gpt-6.1-sol',
    'openai.gpt-6.1-terra',
  ],
  images: ['writer.palmyra-vision-7b'],
  converse: ['twelvelabs.pegasus-1-2-v1:0'],
  maxOutputTokens: ['anthropic.claude-3-7-sonnet-20250219-v1:0'],
  reasoning: ['deepseek.v3-v1:0', 'deepseek.v3.2', 'xai.grok-4.3', 'xai.grok-4.6', 'xai.grok-4.7'],
  // A recorded answer says that it has reached the end of its life.
  retired: ['anthropic.claude-3-5-sonnet-20240620-v1:0'],
};

describe('the capability table', () => {
  it.each(CAPABILITIES.map((row) => [row.id, row] as const))('holds a sound row of %s', (_id, row) => {
    expect(modelRowSchema.safeParse(row).error?.issues ?? []).toEqual([]);
  });

  it('names no model twice', () => {
    const ids = CAPABILITIES.map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describeWithShared(FACTS)('the capability table beside the collected facts', () => {
  const facts =
    (readJson(FACTS) as { models: Fact[] } | undefined)?.models.filter((fact) => fact.kind === 'chat') ?? [];

  it('has a row for every chat model and no other', () => {
    expect(CAPABILITIES.map((row) => row.id).sort()).toEqual(facts.map((fact) => fact.id).sort());
  });

  it.each(facts.map((fact) => [fact.id, fact] as const))('agrees on %s', (id, fact) => {
    const row = CAPABILITIES.find((candidate) => candidate.id === id);
    const capabilities = capabilitiesOf(id);
    const found: Record<string, unknown> = {
      converse: capabilities.converse,
      images: capabilities.images,
      systemPrompt: capabilities.systemPrompt,
      samplingParameters: capabilities.samplingParameters,
      reasoning: capabilities.reasoning,
      contextWindowTokens: capabilities.contextWindowTokens,
      maxOutputTokens: capabilities.maxOutputTokens,
      profiles: row?.profiles.map((geo) => `${geo}.`),
      retired: row?.retired,
    };
    const expected: Record<string, unknown> = {
      converse: fact.converse,
      images: fact.vision,
      systemPrompt: fact.systemPrompt,
      samplingParameters: fact.samplingParams,
      reasoning: fact.reasoning?.style ?? (id === 'writer.palmyra-vision-7b' ? 'model-default' : 'none'),
      contextWindowTokens: fact.contextWindow,
      maxOutputTokens: fact.maxOutput,
      profiles: fact.profiles,
      retired: fact.lifecycle !== null,
    };
    const corrected = Object.keys(CORRECTED).filter((field) => CORRECTED[field]?.includes(id));
    const differing = Object.keys(found).filter((field) => !isDeepStrictEqual(found[field], expected[field]));
    expect(differing).toEqual(corrected);
    expect(capabilities.tools).toBe(fact.tools === 'converse-only' ? true : (fact.tools ?? capabilities.tools));
  });
});

describe(toBaseId.name, () => {
  const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  it.each([
    ['a base id', sonnet, { baseId: sonnet, kind: 'foundation-model' }],
    ['a profile', `us.${sonnet}`, { baseId: sonnet, geo: 'us', kind: 'inference-profile' }],
    ['a GovCloud profile', `us-gov.${sonnet}`, { baseId: sonnet, geo: 'us-gov', kind: 'inference-profile' }],
    [
      'a global profile',
      'global.openai.gpt-6-sol',
      { baseId: 'openai.gpt-6-sol', geo: 'global', kind: 'inference-profile' },
    ],
    [
      'a model ARN',
      `arn:aws:bedrock:us-east-1::foundation-model/${sonnet}`,
      { baseId: sonnet, kind: 'foundation-model' },
    ],
    [
      'a profile ARN',
      `arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.${sonnet}`,
      { baseId: sonnet, geo: 'us-gov', kind: 'inference-profile' },
    ],
    ['a context variant', 'amazon.nova-pro-v1:0:300k', { baseId: 'amazon.nova-pro-v1:0', kind: 'foundation-model' }],
    ['an id that begins like a geography', 'us.deepseek', { baseId: 'us.deepseek', kind: 'foundation-model' }],
    ...[
      'application-inference-profile/mi1dadi0g15f',
      'provisioned-model/abc',
      'imported-model/abc',
      'prompt-router/abc',
    ].map((resource) => {
      const arn = `arn:aws:bedrock:us-east-1:123456789012:${resource}`;
      return [`an opaque ARN of ${resource}`, arn, { baseId: arn, kind: 'opaque' }] as const;
    }),
  ] as const)('reads %s', (_name, id, expected) => {
    expect(toBaseId(id)).toEqual(expected);
  });
});

describe(capabilitiesOf.name, () => {
  it('finds a model whose id leaves out date and version', () => {
    expect(capabilitiesOf('anthropic.claude-haiku-4-5')).toBe(
      capabilitiesOf('anthropic.claude-haiku-4-5-20251001-v1:0'),
    );
  });

  it('finds a model whose id has a revision beside the one that it knows', () => {
    const { reasoningEfforts } = capabilitiesOf('openai.gpt-oss-safeguard-20b-1:0');
    expect(reasoningEfforts).toEqual(['low', 'medium', 'high']);
  });

  it('assumes nothing of a model that it does not know', () => {
    expect(capabilitiesOf('acme.wonder-1')).toBe(UNKNOWN_CAPABILITIES);
  });

  it('gives a new Claude what all of them have', () => {
    expect(capabilitiesOf('anthropic.claude-opus-9')).toMatchObject({
      tools: null,
      topK: 'top_k',
      reasoning: 'anthropic-adaptive',
      reasoningReplay: 'signed',
    });
  });
});
