import type { ModelCapabilities } from './model-entry.js';
import type { GeoPrefix, ModelRow } from './model-row.js';

/**
 * What is known of a model that has no row: nothing, so Bedrock decides. Every family below states only where it
 * differs. Figures: AWS model cards, live probes and provider catalogues of July to November 2026.
 */
export const UNKNOWN_CAPABILITIES: ModelCapabilities = {
  converse: true,
  tools: null,
  toolStreaming: null,
  toolChoice: null,
  systemPrompt: null,
  images: null,
  documents: null,
  audio: null,
  video: null,
  samplingParameters: true,
  stopSequences: true,
  temperatureWithTopP: true,
  reasoning: 'model-default',
  reasoningEfforts: [],
  reasoningCanDisable: null,
  reasoningReplay: 'none',
  forcedToolWithReasoning: true,
  promptCaching: null,
  toolCaching: true,
  strictTools: null,
  nativeJsonSchema: null,
  assistantPrefill: null,
  topK: null,
  toolResults: true,
  toolResultMedia: [],
  toolResultStatus: true,
  textBesideToolCalls: true,
  besideToolResults: null,
  parallelToolFlag: false,
  contextWindowTokens: null,
  minOutputTokens: 1,
  maxOutputTokens: null,
  reasoningBudget: false,
};

const TEXT: ModelCapabilities = {
  ...UNKNOWN_CAPABILITIES,
  systemPrompt: true,
  images: false,
  audio: false,
  video: false,
  reasoning: 'none',
};

/** Claude, all generations. */
const CLAUDE: ModelCapabilities = {
  ...TEXT,
  tools: true,
  toolStreaming: true,
  toolChoice: ['auto', 'any', 'tool'],
  images: true,
  documents: true,
  topK: 'top_k',
  toolResultMedia: ['image', 'document'],
  // Beside a document Anthropic reports the result as missing: pydantic/pydantic-ai 6098, tried live in June 2026.
  besideToolResults: ['text', 'image'],
};
const CLAUDE_3: ModelCapabilities = { ...CLAUDE, assistantPrefill: true, strictTools: false, nativeJsonSchema: false };
/** 3.7 to 4.1: a budget of thinking tokens. */
const CLAUDE_BUDGET: ModelCapabilities = {
  ...CLAUDE_3,
  reasoning: 'anthropic-budget',
  reasoningCanDisable: true,
  reasoningReplay: 'signed',
  forcedToolWithReasoning: false,
  promptCaching: { ttls: ['5m'], maxPoints: 4, minTokens: 1024 },
  reasoningBudget: true,
};
const CLAUDE_4_5: ModelCapabilities = {
  ...CLAUDE_BUDGET,
  temperatureWithTopP: false,
  promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 4096 },
  strictTools: true,
  nativeJsonSchema: true,
  parallelToolFlag: true,
};
/** Adaptive thinking; a budget is still accepted. */
const CLAUDE_4_6: ModelCapabilities = {
  ...CLAUDE_4_5,
  reasoning: 'anthropic-adaptive',
  reasoningEfforts: ['low', 'medium', 'high', 'max'],
  assistantPrefill: false,
};
/** Adaptive only; no sampling parameters. Sources disagree on structured output, so the forced tool carries schemas. */
const CLAUDE_ADAPTIVE: ModelCapabilities = {
  ...CLAUDE_4_6,
  samplingParameters: false,
  reasoningEfforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  reasoningBudget: false,
  forcedToolWithReasoning: true,
  nativeJsonSchema: null,
};
/** As above, and thinking cannot be switched off. */
const CLAUDE_ALWAYS_REASONING: ModelCapabilities = { ...CLAUDE_ADAPTIVE, reasoningCanDisable: false };
/**
 * Since Fable 5.1: as above, and neither forced calls nor strict tools. Bedrock, to Opus 5.5 on 2026-09-23: "tool_choice:
 * type "tool" and "any" are not supported for this model", "tools.0.custom.strict: Extra inputs are not permitted".
 */
const CLAUDE_UNFORCED: ModelCapabilities = { ...CLAUDE_ALWAYS_REASONING, toolChoice: ['auto'], strictTools: false };
const NOVA: ModelCapabilities = {
  ...TEXT,
  tools: true,
  toolStreaming: true,
  toolChoice: ['auto', 'any', 'tool'],
  images: true,
  documents: true,
  video: true,
  topK: 'inferenceConfig.topK',
  // A document inside a result is refused: "extraneous key [toolResult] is not permitted" (recorded).
  toolResultMedia: ['image'],
  // By AWS's guide Nova caches the system prompt and messages.
  toolCaching: false,
  strictTools: false,
};
const TITAN_TEXT: ModelCapabilities = { ...TEXT, tools: false, toolStreaming: false, systemPrompt: false };
const JAMBA: ModelCapabilities = { ...TEXT, documents: true };
const COMMAND: ModelCapabilities = { ...TEXT, topK: 'k' };
/**
 * Open weights on Bedrock's common engine. By the probes of stdapi-ai/stdapi.ai, live in August and September 2026, it
 * refuses stop sequences, and the name of a tool in `toolChoice.tool` has no effect, while `any` has.
 */
const OPEN_WEIGHT: ModelCapabilities = {
  ...TEXT,
  stopSequences: false,
  tools: true,
  toolStreaming: true,
  toolChoice: ['auto', 'any'],
};
const DEEPSEEK: ModelCapabilities = { ...TEXT, tools: true, toolStreaming: true };
/** Refuses tool results: "Conversation roles must alternate", from the same probes. */
const GEMMA: ModelCapabilities = {
  ...TEXT,
  stopSequences: false,
  tools: true,
  toolStreaming: true,
  toolResults: false,
  images: true,
};
/**
 * Results must stand alone, as Mistral's and Writer's: pydantic/pydantic-ai 6098, tried live in June 2026. So must calls:
 * quarkiverse/quarkus-langchain4j 1983.
 */
const LLAMA: ModelCapabilities = {
  ...TEXT,
  tools: true,
  toolStreaming: false,
  toolChoice: ['auto'],
  assistantPrefill: false,
  textBesideToolCalls: false,
  besideToolResults: [],
};
const MINIMAX: ModelCapabilities = {
  ...OPEN_WEIGHT,
  strictTools: true,
  nativeJsonSchema: true,
  reasoning: 'model-default',
};
const MISTRAL_LEGACY: ModelCapabilities = {
  ...TEXT,
  tools: true,
  toolStreaming: false,
  assistantPrefill: false,
  besideToolResults: [],
};
const MISTRAL: ModelCapabilities = {
  ...OPEN_WEIGHT,
  assistantPrefill: false,
  besideToolResults: [],
  strictTools: true,
  nativeJsonSchema: true,
};
const KIMI: ModelCapabilities = {
  ...OPEN_WEIGHT,
  strictTools: true,
  reasoning: 'moonshot',
  reasoningEfforts: ['low', 'high', 'max'],
};
/** Heeds the name of a tool. */
const KIMI_3: ModelCapabilities = {
  ...KIMI,
  toolChoice: ['auto', 'any', 'tool'],
  images: true,
  reasoningReplay: 'unsigned',
  nativeJsonSchema: true,
};
const NEMOTRON: ModelCapabilities = {
  ...OPEN_WEIGHT,
  strictTools: true,
  nativeJsonSchema: true,
};
const GPT_OSS: ModelCapabilities = {
  ...TEXT,
  stopSequences: false,
  tools: true,
  toolStreaming: true,
  strictTools: true,
  nativeJsonSchema: true,
  reasoning: 'openai-flat',
  reasoningEfforts: ['low', 'medium', 'high'],
};
const GPT: ModelCapabilities = {
  ...TEXT,
  minOutputTokens: 16,
  stopSequences: false,
  tools: true,
  toolStreaming: true,
  images: true,
  samplingParameters: false,
  strictTools: true,
  reasoning: 'openai-nested',
  reasoningReplay: 'encrypted',
};
const QWEN: ModelCapabilities = {
  ...OPEN_WEIGHT,
  strictTools: true,
  nativeJsonSchema: true,
};
const PEGASUS: ModelCapabilities = { ...TEXT, video: true, converse: false };
const PALMYRA: ModelCapabilities = {
  ...TEXT,
  // "This model doesn't support the status field", found live by pydantic/pydantic-ai in July 2026.
  toolResultStatus: false,
  besideToolResults: [],
  tools: true,
  toolStreaming: false,
  strictTools: false,
  reasoning: 'model-default',
};
const GROK: ModelCapabilities = {
  ...TEXT,
  reasoningReplay: 'encrypted',
  minOutputTokens: 16,
  tools: true,
  toolStreaming: true,
  images: true,
  strictTools: true,
  reasoning: 'openai-flat',
  reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
};
/**
 * Levels of Bedrock's common engine, sent as `reasoning_config`. Tried live in 2026: GLM-5 names these four when it
 * refuses another, and at `high` it thinks, as GLM-4.7 and Nemotron 3 Super do (the smaller Nemotron does not).
 */
const ENGINE_EFFORTS: Pick<ModelCapabilities, 'reasoningEfforts' | 'reasoningCanDisable'> = {
  reasoningEfforts: ['none', 'low', 'medium', 'high'],
  reasoningCanDisable: true,
};
const GLM: ModelCapabilities = {
  ...TEXT,
  stopSequences: false,
  tools: true,
  toolStreaming: true,
  strictTools: true,
  reasoning: 'model-default',
};

/** Context window and maximum output in tokens; null where nobody has published them. */
type Limits = readonly [contextWindowTokens: number | null, maxOutputTokens: number | null];

interface Exceptions extends Partial<ModelCapabilities> {
  /** Refused without an inference profile. */
  needsProfile?: boolean;
  /** Past its end of life: Bedrock answers 404. */
  retired?: boolean;
}

function row(
  family: ModelCapabilities,
  id: string,
  name: string,
  [contextWindowTokens, maxOutputTokens]: Limits,
  profiles: readonly GeoPrefix[],
  { needsProfile = false, retired = false, ...exceptions }: Exceptions = {},
): ModelRow {
  const capabilities = { ...family, ...exceptions, contextWindowTokens, maxOutputTokens };
  return { id, name, profiles, needsProfile, retired, capabilities };
}

/** One row per foundation model that takes chat messages, in the order of the model list. */
export const CAPABILITIES: readonly ModelRow[] = [
  row(CLAUDE_3, 'anthropic.claude-3-5-haiku-20241022-v1:0', 'Claude 3.5 Haiku', [200_000, 8192], ['us', 'eu'], {
    images: false,
    retired: true,
  }),
  row(
    CLAUDE_3,
    'anthropic.claude-3-5-sonnet-20240620-v1:0',
    'Claude 3.5 Sonnet',
    [1_000_000, 4096],
    ['us', 'eu', 'apac'],
    { retired: true },
  ),
  row(
    CLAUDE_3,
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'Claude 3.5 Sonnet v2',
    [1_000_000, 8192],
    ['us', 'eu', 'apac'],
    { promptCaching: { ttls: ['5m'], maxPoints: 4, minTokens: 1024 } },
  ),
  row(CLAUDE_3, 'anthropic.claude-3-haiku-20240307-v1:0', 'Claude 3 Haiku', [200_000, 4000], ['us', 'eu', 'apac'], {
    retired: true,
  }),
  row(CLAUDE_3, 'anthropic.claude-3-opus-20240229-v1:0', 'Claude 3 Opus', [200_000, 4096], ['us', 'eu']),
  row(CLAUDE_3, 'anthropic.claude-3-sonnet-20240229-v1:0', 'Claude 3 Sonnet', [200_000, 4096], ['us', 'eu', 'apac'], {
    retired: true,
  }),
  row(
    CLAUDE_BUDGET,
    'anthropic.claude-3-7-sonnet-20250219-v1:0',
    'Claude 3.7 Sonnet',
    [200_000, 64_000],
    ['us', 'eu'],
    {
      needsProfile: true,
    },
  ),
  row(CLAUDE_BUDGET, 'anthropic.claude-opus-4-1-20250805-v1:0', 'Claude Opus 4.1', [200_000, 32_000], ['us', 'eu'], {
    temperatureWithTopP: false,
    needsProfile: true,
  }),
  row(CLAUDE_BUDGET, 'anthropic.claude-opus-4-20250514-v1:0', 'Claude Opus 4', [200_000, 32_000], ['us', 'eu'], {
    needsProfile: true,
  }),
  row(
    CLAUDE_BUDGET,
    'anthropic.claude-sonnet-4-20250514-v1:0',
    'Claude Sonnet 4',
    [200_000, 64_000],
    ['us', 'eu', 'apac', 'global'],
    { needsProfile: true },
  ),
  row(
    CLAUDE_4_5,
    'anthropic.claude-haiku-4-5-20251001-v1:0',
    'Claude Haiku 4.5',
    [200_000, 64_000],
    ['us', 'eu', 'apac', 'global', 'jp', 'au', 'in'],
    { needsProfile: true },
  ),
  row(
    CLAUDE_4_5,
    'anthropic.claude-opus-4-5-20251101-v1:0',
    'Claude Opus 4.5',
    [200_000, 64_000],
    ['us', 'eu', 'global'],
    { reasoningEfforts: ['low', 'medium', 'high'], needsProfile: true },
  ),
  row(
    CLAUDE_4_5,
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'Claude Sonnet 4.5',
    [200_000, 64_000],
    ['us-gov', 'us', 'eu', 'global', 'jp', 'au'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 1024 }, needsProfile: true },
  ),
  row(
    CLAUDE_4_6,
    'anthropic.claude-opus-4-6-v1',
    'Claude Opus 4.6',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'au'],
    { needsProfile: true },
  ),
  row(
    CLAUDE_4_6,
    'anthropic.claude-sonnet-4-6',
    'Claude Sonnet 4.6',
    [1_000_000, 64_000],
    ['us', 'eu', 'global', 'jp', 'au'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 1024 }, needsProfile: true },
  ),
  row(
    CLAUDE_ADAPTIVE,
    'anthropic.claude-haiku-5-5',
    'Claude Haiku 5.5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: null }, needsProfile: true },
  ),
  row(
    CLAUDE_ADAPTIVE,
    'anthropic.claude-opus-4-7',
    'Claude Opus 4.7',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au'],
    { forcedToolWithReasoning: false, strictTools: false, nativeJsonSchema: false, needsProfile: true },
  ),
  row(
    CLAUDE_ADAPTIVE,
    'anthropic.claude-opus-4-8',
    'Claude Opus 4.8',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au'],
    {
      promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 1024 },
      strictTools: false,
      nativeJsonSchema: false,
      needsProfile: true,
    },
  ),
  row(
    CLAUDE_ADAPTIVE,
    'anthropic.claude-opus-5',
    'Claude Opus 5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au', 'in'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 512 }, strictTools: false, needsProfile: true },
  ),
  row(
    CLAUDE_ADAPTIVE,
    'anthropic.claude-sonnet-5',
    'Claude Sonnet 5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au', 'in'],
    {
      promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 1024 },
      // Refused as Opus 5.5 refuses it, when others tried in July 2026; Opus 5 and Fable 5 took it later.
      strictTools: false,
      nativeJsonSchema: true,
      needsProfile: true,
    },
  ),
  row(
    CLAUDE_ALWAYS_REASONING,
    'anthropic.claude-fable-5',
    'Claude Fable 5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 512 }, needsProfile: true },
  ),
  row(CLAUDE_UNFORCED, 'anthropic.claude-fable-5-1', 'Claude Fable 5.1', [1_000_000, 128_000], ['us', 'global'], {
    promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 512 },
    needsProfile: true,
  }),
  row(CLAUDE_UNFORCED, 'anthropic.claude-fable-5-2', 'Claude Fable 5.2', [1_000_000, 128_000], ['us', 'global'], {
    promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: null },
    needsProfile: true,
  }),
  row(CLAUDE_ALWAYS_REASONING, 'anthropic.claude-mythos-5', 'Claude Mythos 5', [null, null], [], {
    images: false,
    promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 512 },
  }),
  row(CLAUDE_UNFORCED, 'anthropic.claude-mythos-5-1', 'Claude Mythos 5.1', [null, null], [], {
    images: false,
    promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: 512 },
  }),
  row(CLAUDE_ALWAYS_REASONING, 'anthropic.claude-mythos-preview', 'Claude Mythos Preview', [1_000_000, 128_000], []),
  row(
    CLAUDE_UNFORCED,
    'anthropic.claude-opus-5-5',
    'Claude Opus 5.5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'jp', 'au'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: null }, needsProfile: true },
  ),
  row(
    CLAUDE_UNFORCED,
    'anthropic.claude-sonnet-5-5',
    'Claude Sonnet 5.5',
    [1_000_000, 128_000],
    ['us', 'eu', 'global', 'au'],
    { promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: null }, needsProfile: true },
  ),
  row(NOVA, 'amazon.nova-2-lite-v1:0', 'Nova 2 Lite', [1_000_000, 65_535], ['us', 'eu', 'apac', 'global', 'jp'], {
    reasoning: 'nova2',
    reasoningEfforts: ['low', 'medium', 'high'],
    reasoningCanDisable: true,
    promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: null },
    needsProfile: true,
  }),
  row(
    NOVA,
    'amazon.nova-2-pro-preview-20251202-v1:0',
    'Nova 2 Pro (preview)',
    [1_000_000, 64_000],
    ['us', 'eu', 'apac'],
    {
      video: false,
      reasoning: 'nova2',
      reasoningEfforts: ['low', 'medium', 'high'],
      reasoningCanDisable: true,
      promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: null },
      needsProfile: true,
    },
  ),
  row(NOVA, 'amazon.nova-lite-v1:0', 'Nova Lite', [300_000, 10_000], ['us', 'eu', 'apac', 'ca'], {
    promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: 1536 },
  }),
  row(NOVA, 'amazon.nova-micro-v1:0', 'Nova Micro', [128_000, 10_000], ['us', 'eu', 'apac'], {
    images: false,
    documents: false,
    video: false,
    promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: 1536 },
  }),
  row(NOVA, 'amazon.nova-premier-v1:0', 'Nova Premier', [1_000_000, 10_000], ['us'], {
    promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: null },
    needsProfile: true,
    retired: true,
  }),
  row(NOVA, 'amazon.nova-pro-v1:0', 'Nova Pro', [300_000, 10_000], ['us', 'eu', 'apac'], {
    promptCaching: { ttls: ['5m'], maxPoints: null, minTokens: 1024 },
  }),
  row(TITAN_TEXT, 'amazon.titan-text-express-v1', 'Titan Text G1 - Express', [42_000, 8000], []),
  row(TITAN_TEXT, 'amazon.titan-text-lite-v1', 'Titan Text G1 - Lite', [42_000, 4000], []),
  row(TITAN_TEXT, 'amazon.titan-text-premier-v1:0', 'Titan Text G1 - Premier', [42_000, 32_000], []),
  row(JAMBA, 'ai21.jamba-1-5-large-v1:0', 'Jamba 1.5 Large', [256_000, 256_000], []),
  row(JAMBA, 'ai21.jamba-1-5-mini-v1:0', 'Jamba 1.5 Mini', [256_000, 256_000], []),
  row(JAMBA, 'ai21.jamba-instruct-v1:0', 'Jamba-Instruct', [70_000, 4096], []),
  row(COMMAND, 'cohere.command-light-text-v14', 'Command Light', [4096, 4096], []),
  row(COMMAND, 'cohere.command-r-plus-v1:0', 'Command R+', [128_000, 4096], []),
  row(COMMAND, 'cohere.command-r-v1:0', 'Command R', [128_000, 4096], []),
  row(COMMAND, 'cohere.command-text-v14', 'Command', [4096, 4096], []),
  row(DEEPSEEK, 'deepseek.r1-v1:0', 'DeepSeek-R1', [128_000, 4096], ['us'], {
    tools: false,
    toolStreaming: false,
    reasoning: 'always-on',
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(DEEPSEEK, 'deepseek.v3-v1:0', 'DeepSeek-V3.1', [163_840, 81_920], [], {
    stopSequences: false,
    toolChoice: ['any'],
    reasoning: 'deepseek',
    reasoningEfforts: ['low', 'medium', 'high'],
    reasoningReplay: 'unsigned',
    strictTools: true,
    nativeJsonSchema: true,
  }),
  row(DEEPSEEK, 'deepseek.v3.2', 'DeepSeek V3.2', [163_840, 81_920], ['us', 'eu'], {
    stopSequences: false,
    toolChoice: ['any', 'tool'],
    reasoning: 'deepseek',
    reasoningEfforts: ['low', 'medium', 'high'],
    reasoningReplay: 'unsigned',
    strictTools: true,
    nativeJsonSchema: true,
  }),
  row(GEMMA, 'google.gemma-3-12b-it', 'Gemma 3 12B', [128_000, 8192], [], { nativeJsonSchema: true }),
  row(GEMMA, 'google.gemma-3-27b-it', 'Gemma 3 27B', [128_000, 8192], [], { nativeJsonSchema: true }),
  row(GEMMA, 'google.gemma-3-4b-it', 'Gemma 3 4B', [128_000, 8192], []),
  row(GEMMA, 'google.gemma-4-26b-a4b', 'Gemma 4 26B A4B', [262_144, 32_768], [], {
    converse: false,
    reasoning: 'model-default',
    strictTools: true,
  }),
  row(GEMMA, 'google.gemma-4-31b', 'Gemma 4 31B', [262_144, 32_768], [], {
    converse: false,
    reasoning: 'model-default',
    strictTools: true,
  }),
  row(GEMMA, 'google.gemma-4-e2b', 'Gemma 4 E2B', [131_072, 8192], [], {
    converse: false,
    reasoning: 'model-default',
    strictTools: true,
  }),
  row(LLAMA, 'meta.llama3-1-405b-instruct-v1:0', 'Llama 3.1 405B Instruct', [128_000, 4096], ['us']),
  row(LLAMA, 'meta.llama3-1-70b-instruct-v1:0', 'Llama 3.1 70B Instruct', [128_000, 4096], ['us'], {
    strictTools: false,
  }),
  row(LLAMA, 'meta.llama3-1-8b-instruct-v1:0', 'Llama 3.1 8B Instruct', [128_000, 4096], ['us'], {
    strictTools: false,
  }),
  row(LLAMA, 'meta.llama3-2-11b-instruct-v1:0', 'Llama 3.2 11B Instruct', [128_000, 4096], ['us'], {
    images: true,
    needsProfile: true,
    retired: true,
  }),
  row(LLAMA, 'meta.llama3-2-1b-instruct-v1:0', 'Llama 3.2 1B Instruct', [128_000, 4096], ['us', 'eu'], {
    needsProfile: true,
    retired: true,
  }),
  row(LLAMA, 'meta.llama3-2-3b-instruct-v1:0', 'Llama 3.2 3B Instruct', [128_000, 4096], ['us', 'eu'], {
    needsProfile: true,
    retired: true,
  }),
  row(LLAMA, 'meta.llama3-2-90b-instruct-v1:0', 'Llama 3.2 90B Instruct', [128_000, 4096], ['us'], {
    images: true,
    needsProfile: true,
    retired: true,
  }),
  row(LLAMA, 'meta.llama3-3-70b-instruct-v1:0', 'Llama 3.3 70B Instruct', [128_000, 4096], ['us'], {
    strictTools: false,
    needsProfile: true,
  }),
  row(LLAMA, 'meta.llama3-70b-instruct-v1:0', 'Llama 3 70B Instruct', [8192, 8192], []),
  row(LLAMA, 'meta.llama3-8b-instruct-v1:0', 'Llama 3 8B Instruct', [8192, 8192], []),
  row(LLAMA, 'meta.llama4-maverick-17b-instruct-v1:0', 'Llama 4 Maverick 17B Instruct', [1_000_000, 8192], ['us'], {
    images: true,
    toolResultMedia: ['image', 'document'],
    strictTools: false,
    needsProfile: true,
  }),
  row(LLAMA, 'meta.llama4-scout-17b-instruct-v1:0', 'Llama 4 Scout 17B Instruct', [10_000_000, 8192], ['us'], {
    images: true,
    toolResultMedia: ['image', 'document'],
    strictTools: false,
    needsProfile: true,
  }),
  row(MINIMAX, 'minimax.minimax-m2', 'MiniMax-M2', [204_608, 128_000], [], { reasoningReplay: 'unsigned' }),
  row(MINIMAX, 'minimax.minimax-m2.1', 'MiniMax-M2.1', [196_608, 131_072], [], { reasoningReplay: 'unsigned' }),
  row(MINIMAX, 'minimax.minimax-m2.5', 'MiniMax-M2.5', [196_608, 98_304], [], { reasoningReplay: 'unsigned' }),
  row(MISTRAL_LEGACY, 'mistral.mistral-7b-instruct-v0:2', 'Mistral 7B Instruct', [32_000, 8191], [], {
    systemPrompt: false,
    topK: 'top_k',
  }),
  row(MISTRAL_LEGACY, 'mistral.mistral-large-2402-v1:0', 'Mistral Large (24.02)', [32_000, 8191], [], {
    toolChoice: ['auto', 'any'],
  }),
  row(MISTRAL_LEGACY, 'mistral.mistral-large-2407-v1:0', 'Mistral Large (24.07)', [128_000, 8191], [], {
    toolChoice: ['auto', 'any'],
  }),
  row(MISTRAL_LEGACY, 'mistral.mistral-small-2402-v1:0', 'Mistral Small (24.02)', [32_000, 8191], []),
  row(MISTRAL_LEGACY, 'mistral.mixtral-8x7b-instruct-v0:1', 'Mixtral 8x7B Instruct', [32_000, 8191], [], {
    systemPrompt: false,
    topK: 'top_k',
  }),
  row(MISTRAL_LEGACY, 'mistral.pixtral-large-2502-v1:0', 'Pixtral Large (25.02)', [128_000, 8192], ['us', 'eu'], {
    images: true,
    toolChoice: ['auto', 'any'],
    toolResultMedia: ['document'],
    strictTools: false,
    needsProfile: true,
  }),
  row(MISTRAL, 'mistral.devstral-2-123b', 'Devstral 2 123B', [262_144, 8192], []),
  row(MISTRAL, 'mistral.magistral-small-2509', 'Magistral Small 1.2', [128_000, 40_000], [], {
    images: true,
    reasoning: 'model-default',
  }),
  row(MISTRAL, 'mistral.ministral-3-14b-instruct', 'Ministral 14B 3.0', [128_000, 4096], [], { images: true }),
  row(MISTRAL, 'mistral.ministral-3-3b-instruct', 'Ministral 3 3B', [256_000, 8192], [], { images: true }),
  row(MISTRAL, 'mistral.ministral-3-8b-instruct', 'Ministral 3 8B', [128_000, 4096], [], { images: true }),
  row(MISTRAL, 'mistral.mistral-large-3-675b-instruct', 'Mistral Large 3', [262_144, 8192], [], { images: true }),
  row(MISTRAL, 'mistral.voxtral-mini-3b-2507', 'Voxtral Mini 3B 2507', [32_768, 4096], [], { audio: true }),
  row(MISTRAL, 'mistral.voxtral-small-24b-2507', 'Voxtral Small 24B 2507', [32_768, 8192], [], { audio: true }),
  row(KIMI, 'moonshot.kimi-k2-thinking', 'Kimi K2 Thinking', [262_144, 16_000], [], {
    reasoningReplay: 'unsigned',
    nativeJsonSchema: true,
  }),
  row(KIMI, 'moonshotai.kimi-k2.5', 'Kimi K2.5', [262_144, 16_384], [], {
    images: true,
    reasoningReplay: 'unsigned',
    nativeJsonSchema: true,
  }),
  row(KIMI_3, 'moonshotai.kimi-k3', 'Kimi K3', [1_048_576, 128_000], ['us', 'global'], { needsProfile: true }),
  row(KIMI_3, 'moonshotai.kimi-k3.1', 'Kimi K3.1', [1_048_576, 1_048_576], ['us', 'global'], { needsProfile: true }),
  row(NEMOTRON, 'nvidia.nemotron-nano-12b-v2', 'Nemotron Nano 12B v2 VL', [131_072, 8192], [], { images: true }),
  row(NEMOTRON, 'nvidia.nemotron-nano-3-30b', 'Nemotron 3 Nano 30B', [262_144, 8192], [], {
    reasoning: 'model-default',
  }),
  row(NEMOTRON, 'nvidia.nemotron-nano-9b-v2', 'Nemotron Nano 9B v2', [131_072, 8192], []),
  row(NEMOTRON, 'nvidia.nemotron-super-3-120b', 'Nemotron 3 Super 120B', [262_144, 131_072], [], {
    ...ENGINE_EFFORTS,
    reasoning: 'model-default',
  }),
  row(GPT_OSS, 'openai.gpt-oss-120b', 'gpt-oss-120b', [131_072, 131_072], []),
  row(GPT_OSS, 'openai.gpt-oss-120b-1:0', 'gpt-oss-120b', [128_000, 16_000], ['us-gov']),
  row(GPT_OSS, 'openai.gpt-oss-20b', 'gpt-oss-20b', [131_072, 131_072], []),
  row(GPT_OSS, 'openai.gpt-oss-20b-1:0', 'gpt-oss-20b', [128_000, 16_000], ['us-gov']),
  row(GPT_OSS, 'openai.gpt-oss-safeguard-120b', 'gpt-oss-safeguard-120b', [128_000, 16_000], []),
  row(GPT_OSS, 'openai.gpt-oss-safeguard-20b', 'gpt-oss-safeguard-20b', [128_000, 16_000], []),
  row(GPT, 'openai.gpt-5.4', 'GPT-5.4', [1_050_000, 128_000], [], {
    converse: false,
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: true,
    nativeJsonSchema: true,
  }),
  row(GPT, 'openai.gpt-5.5', 'GPT-5.5', [1_050_000, 128_000], [], {
    converse: false,
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: true,
    nativeJsonSchema: true,
  }),
  row(GPT, 'openai.gpt-5.6-luna', 'GPT-5.6 Luna', [1_050_000, 128_000], ['us', 'global', 'in'], {
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: true,
    nativeJsonSchema: true,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-5.6-sol', 'GPT-5.6 Sol', [1_050_000, 128_000], ['us', 'global'], {
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: true,
    nativeJsonSchema: true,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-5.6-terra', 'GPT-5.6 Terra', [1_050_000, 128_000], ['us', 'global', 'in'], {
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: true,
    nativeJsonSchema: true,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-6-astra', 'GPT-6 Astra', [1_050_000, 128_000], ['us', 'global'], {
    reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-6-luna', 'GPT-6 Luna', [1_050_000, 128_000], ['us', 'global'], {
    reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-6-sol', 'GPT-6 Sol', [1_050_000, 128_000], ['us', 'global'], {
    reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-6.1-sol', 'GPT-6.1 Sol', [1_000_000, 131_072], ['us', 'global'], {
    reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(GPT, 'openai.gpt-6.1-terra', 'GPT-6.1 Terra', [1_050_000, 128_000], ['us', 'global'], {
    reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    reasoningCanDisable: false,
    needsProfile: true,
  }),
  row(QWEN, 'qwen.qwen3-235b-a22b-2507-v1:0', 'Qwen3 235B-A22B Instruct 2507', [262_144, 131_072], []),
  row(QWEN, 'qwen.qwen3-32b-v1:0', 'Qwen3 32B', [32_768, 16_384], [], {
    reasoning: 'model-default',
    reasoningEfforts: ['low', 'high'],
  }),
  row(QWEN, 'qwen.qwen3-coder-30b-a3b-v1:0', 'Qwen3-Coder 30B-A3B Instruct', [262_144, 131_072], []),
  row(QWEN, 'qwen.qwen3-coder-480b-a35b-v1:0', 'Qwen3-Coder 480B-A35B Instruct', [131_072, 65_536], []),
  row(QWEN, 'qwen.qwen3-coder-next', 'Qwen3 Coder Next', [262_144, 65_536], []),
  row(QWEN, 'qwen.qwen3-next-80b-a3b', 'Qwen3-Next 80B-A3B Instruct', [262_144, 262_000], []),
  row(QWEN, 'qwen.qwen3-vl-235b-a22b', 'Qwen3 VL 235B A22B Instruct', [262_144, 262_000], [], { images: true }),
  row(PEGASUS, 'twelvelabs.pegasus-1-2-v1:0', 'Pegasus 1.2', [null, null], []),
  row(PALMYRA, 'writer.palmyra-vision-7b', 'Palmyra Vision 7B', [null, null], [], {
    tools: false,
    images: true,
    reasoning: 'model-default',
    strictTools: null,
  }),
  row(PALMYRA, 'writer.palmyra-x4-v1:0', 'Palmyra X4', [122_880, 8192], ['us'], { needsProfile: true }),
  row(PALMYRA, 'writer.palmyra-x5-v1:0', 'Palmyra X5', [1_040_000, 8192], ['us'], { needsProfile: true }),
  row(GROK, 'xai.grok-4.3', 'Grok 4.3', [1_000_000, 131_072], [], { converse: false, nativeJsonSchema: true }),
  row(GROK, 'xai.grok-4.6', 'Grok 4.6', [500_000, 500_000], ['us', 'global'], {
    nativeJsonSchema: true,
    needsProfile: true,
  }),
  row(GROK, 'xai.grok-4.7', 'Grok 4.7', [500_000, 500_000], ['us', 'global'], { needsProfile: true }),
  row(GLM, 'zai.glm-4.7', 'GLM-4.7', [202_752, 131_072], [], { ...ENGINE_EFFORTS, nativeJsonSchema: true }),
  row(GLM, 'zai.glm-4.7-flash', 'GLM-4.7-Flash', [202_752, 131_072], [], { ...ENGINE_EFFORTS, nativeJsonSchema: true }),
  row(GLM, 'zai.glm-5', 'GLM-5', [202_752, 131_072], [], { ...ENGINE_EFFORTS, nativeJsonSchema: true }),
  row(GLM, 'zai.glm-5.3', 'GLM-5.3', [1_000_000, 128_000], ['us', 'global'], { needsProfile: true }),
];
