import { GatewayError } from '../../common/errors/gateway-error.js';
import { resolveUnlisted } from '../../models/resolve-model.js';
import { chatRequestSchema, type ChatRequest } from '../../openai/chat-request.schema.js';
import { ChatFamilies } from './chat-families.js';
import { CHAT_FAMILIES } from './index.js';

/** What becomes of a field: sent as it is, changed or left out and told of, without effect, or a 400. */
type Outcome = 'mapped' | 'adapted' | 'accepted' | 'refused';

/** One field of a request with a value that shows what becomes of it. */
interface Probe {
  field: string;
  value: unknown;
  /** Fields without which it means nothing. */
  beside?: object;
}

/** One model for each way that a family treats requests. */
const MODELS: readonly (readonly [name: string, baseId: string])[] = [
  ['Claude 3', 'anthropic.claude-3-sonnet-20240229-v1:0'],
  ['Claude 3.7', 'anthropic.claude-3-7-sonnet-20250219-v1:0'],
  ['Claude 4.5', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['Claude 4.6', 'anthropic.claude-sonnet-4-6'],
  ['Claude 4.8', 'anthropic.claude-opus-4-8'],
  ['Claude 5.5', 'anthropic.claude-opus-5-5'],
  ['Nova', 'amazon.nova-pro-v1:0'],
  ['Nova 2', 'amazon.nova-2-lite-v1:0'],
  ['Titan', 'amazon.titan-text-express-v1'],
  ['Llama 3.3', 'meta.llama3-3-70b-instruct-v1:0'],
  ['Llama 4', 'meta.llama4-scout-17b-instruct-v1:0'],
  ['Mistral 2', 'mistral.mistral-large-2407-v1:0'],
  ['Mistral 3', 'mistral.mistral-large-3-675b-instruct'],
  ['Voxtral', 'mistral.voxtral-small-24b-2507'],
  ['Command', 'cohere.command-r-plus-v1:0'],
  ['Jamba', 'ai21.jamba-1-5-large-v1:0'],
  ['DeepSeek R1', 'deepseek.r1-v1:0'],
  ['DeepSeek V3', 'deepseek.v3.2'],
  ['gpt-oss', 'openai.gpt-oss-120b-1:0'],
  ['GPT', 'openai.gpt-6.1-sol'],
  ['Qwen', 'qwen.qwen3-235b-a22b-2507-v1:0'],
  ['Kimi', 'moonshotai.kimi-k3'],
  ['MiniMax', 'minimax.minimax-m2.5'],
  ['GLM', 'zai.glm-5'],
  ['Gemma', 'google.gemma-3-27b-it'],
  ['Nemotron', 'nvidia.nemotron-super-3-120b'],
  ['Grok', 'xai.grok-4.7'],
  ['Palmyra', 'writer.palmyra-x5-v1:0'],
  ['any other', 'other.model'],
];

const parameters = { type: 'object', properties: {}, additionalProperties: false };
const tools = [{ type: 'function', function: { name: 'f', parameters } }];
const schema = { type: 'object', properties: { a: { type: 'string' } } };
const user = (part: object) => [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }];
const dataUrl = (type: string, text: string) => `data:${type};base64,${Buffer.from(text, 'latin1').toString('base64')}`;
const answered = (assistant: object) => [
  { role: 'user', content: 'x' },
  { role: 'assistant', content: 'y', ...assistant },
  { role: 'user', content: 'z' },
];

const PROBES: readonly Probe[] = [
  {
    field: 'messages: system, developer',
    value: [{ role: 'system', content: 's' }, ...user({ type: 'text', text: 'y' })],
  },
  { field: 'messages: name', value: [{ role: 'user', content: 'hi', name: 'Ann' }] },
  {
    field: 'messages: image_url',
    value: user({ type: 'image_url', image_url: { url: dataUrl('image/gif', 'GIF89a') } }),
  },
  {
    field: 'messages: image',
    value: user({ type: 'image', source: { type: 'base64', media_type: 'image/gif', data: 'R0lGODlh' } }),
  },
  { field: 'messages: file', value: user({ type: 'file', file: { file_data: dataUrl('application/pdf', '%PDF-') } }) },
  {
    field: 'messages: input_audio',
    value: user({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }),
  },
  { field: 'messages: video_url', value: user({ type: 'video_url', video_url: { url: dataUrl('video/mp4', 'x') } }) },
  { field: 'messages: file in S3', value: user({ type: 'file', file: { file_data: 's3://bucket/a.pdf' } }) },
  {
    field: 'messages: search_result',
    value: user({ type: 'search_result', source: 's', title: 't', content: 'c' }),
  },
  {
    field: 'messages: server_tool_calls',
    value: answered({ server_tool_calls: [{ id: 'a', name: 'nova_grounding', input: {} }] }),
    beside: { messages: answered({}) },
  },
  { field: 'messages: guarded_text', value: user({ type: 'guarded_text', text: 'y' }) },
  { field: 'messages: cache_control', value: [{ role: 'user', content: 'hi', cache_control: { type: 'ephemeral' } }] },
  {
    field: 'messages: reasoning_details',
    value: answered({ reasoning_details: [{ type: 'reasoning.text', text: 't', signature: 's' }] }),
    beside: { messages: answered({}) },
  },
  {
    field: 'messages: reasoning_content',
    value: answered({ reasoning_content: 't' }),
    beside: { messages: answered({}) },
  },
  {
    field: 'messages: tool_calls, role tool',
    value: [
      { role: 'user', content: 'x' },
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'y' },
    ],
  },
  {
    field: 'messages: tool_use, tool_result',
    value: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'y' }] },
    ],
  },
  {
    field: 'messages: document',
    value: user({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } }),
  },
  {
    field: 'messages: assistant last',
    value: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'y' },
    ],
  },
  { field: 'max_completion_tokens', value: 100 },
  { field: 'max_tokens', value: 100 },
  { field: 'temperature', value: 0.5 },
  { field: 'temperature above 1', value: 1.5 },
  { field: 'top_p', value: 0.5 },
  { field: 'top_p', value: 0.5, beside: { temperature: 0.5 } },
  { field: 'stop', value: ['X'] },
  { field: 'n', value: 2 },
  { field: 'seed', value: 1 },
  { field: 'frequency_penalty', value: 0.5 },
  { field: 'presence_penalty', value: 0.5 },
  { field: 'logit_bias', value: { '1': 5 } },
  { field: 'logprobs', value: true },
  { field: 'top_logprobs', value: 2 },
  { field: 'stream', value: true },
  { field: 'stream_options', value: { include_usage: true }, beside: { stream: true } },
  { field: 'tools', value: tools },
  {
    field: 'tools: strict',
    value: [{ ...tools[0], function: { ...tools[0]?.function, strict: true } }],
    beside: { tools },
  },
  { field: 'tools: cache_control', value: [{ ...tools[0], cache_control: { type: 'ephemeral' } }], beside: { tools } },
  { field: 'tools: web_search', value: [{ type: 'web_search' }] },
  { field: 'tools: code_interpreter', value: [{ type: 'code_interpreter' }] },
  { field: 'tools: computer, bash, text_editor, memory', value: [{ type: 'bash_20250124', name: 'bash' }] },
  { field: 'tool_choice: none', value: 'none', beside: { tools } },
  { field: 'tool_choice: auto', value: 'auto', beside: { tools } },
  { field: 'tool_choice: required', value: 'required', beside: { tools } },
  { field: 'tool_choice: named', value: { type: 'function', function: { name: 'f' } }, beside: { tools } },
  { field: 'parallel_tool_calls', value: false, beside: { tools } },
  { field: 'functions', value: [{ name: 'f' }] },
  { field: 'function_call', value: { name: 'f' }, beside: { functions: [{ name: 'f' }] } },
  { field: 'response_format: json_object', value: { type: 'json_object' } },
  { field: 'response_format: json_schema', value: { type: 'json_schema', json_schema: { name: 'n', schema } } },
  { field: 'reasoning_effort: none', value: 'none' },
  { field: 'reasoning_effort: low', value: 'low' },
  { field: 'reasoning_effort: xhigh', value: 'xhigh' },
  { field: 'verbosity', value: 'low' },
  { field: 'modalities', value: ['audio'] },
  { field: 'audio', value: { voice: 'alloy', format: 'wav' } },
  { field: 'prediction', value: { type: 'content', content: 'x' } },
  { field: 'web_search_options', value: {} },
  { field: 'moderation', value: { model: 'x' } },
  { field: 'service_tier', value: 'flex' },
  { field: 'store', value: true },
  { field: 'metadata', value: { a: 'b' } },
  { field: 'user', value: 'u' },
  { field: 'safety_identifier', value: 'u' },
  { field: 'prompt_cache_key', value: 'k' },
  { field: 'prompt_cache_retention', value: '24h' },
  { field: 'prompt_cache_options', value: { mode: 'explicit' } },
  { field: 'thinking', value: { type: 'enabled', budget_tokens: 2000 } },
  { field: 'output_config', value: { effort: 'high' } },
  { field: 'anthropic_beta', value: ['flag'] },
  { field: 'prompt_caching', value: { messages: true } },
  { field: 'guardrailConfig', value: { guardrailIdentifier: 'g', guardrailVersion: '1' } },
  { field: 'additionalModelRequestFields', value: { a: 1 } },
  { field: 'additionalModelResponseFieldPaths', value: ['/stop_sequence'] },
  { field: 'promptVariables', value: { a: { text: 'b' } } },
  { field: 'serviceTier', value: { type: 'flex' } },
  { field: 'performanceConfig', value: { latency: 'optimized' } },
  { field: 'requestMetadata', value: { a: 'b' } },
  { field: 'top_k', value: 5 },
  { field: 'topK', value: 5 },
  { field: 'system', value: 'x' },
  { field: 'extra_body', value: { guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } } },
];

/** Fields whose presence goes without saying. */
const OBVIOUS: ReadonlySet<string> = new Set(['messages', 'tools', 'functions']);

/** Fields that the gateway itself sees to, so that Converse never does. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['n', 'stream', 'stream_options']);

const families = new ChatFamilies(CHAT_FAMILIES.map((Family) => new Family()));

function prepare(baseId: string, fields: object) {
  const model = { requestedId: baseId, ...resolveUnlisted(baseId, '') };
  const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 4096, ...fields };
  const request: ChatRequest = chatRequestSchema.parse(body);
  return families.for(model).prepare(request, model, { media: new Map(), requestMetadata: {}, s3Locations: [['*']] });
}

/** Asks the code itself what becomes of a field. */
function outcomeOf({ field, value, beside = {} }: Probe, baseId: string): Outcome {
  const name = field.split(/[: ]/, 1)[0] ?? field;
  if (OWN_FIELDS.has(name)) {
    return 'mapped';
  }
  try {
    const before = prepare(baseId, beside);
    const after = prepare(baseId, { ...beside, [name]: value });
    const news = after.adapted.filter((adapted) => !before.adapted.includes(adapted));
    if (news.length > 0) {
      return 'adapted';
    }
    const same = JSON.stringify([before.input, before.answer]) === JSON.stringify([after.input, after.answer]);
    return same ? 'accepted' : 'mapped';
  } catch (error) {
    if (error instanceof GatewayError) {
      return 'refused';
    }
    throw error;
  }
}

/** Names of the models with one outcome; the longest list of a row says only that it is the rest. */
function toCells(outcomes: ReadonlyMap<Outcome, readonly string[]>): string[] {
  const longest = Math.max(...[...outcomes.values()].map((names) => names.length));
  const rest = [...outcomes].find(([, names]) => names.length === longest)?.[0];
  return (['mapped', 'adapted', 'accepted', 'refused'] as const).map((outcome) => {
    const names = outcomes.get(outcome) ?? [];
    if (outcome === rest) {
      return names.length === MODELS.length ? 'all' : 'all others';
    }
    return names.join(', ');
  });
}

function toRow(probe: Probe): string {
  const outcomes = new Map<Outcome, string[]>();
  for (const [name, baseId] of MODELS) {
    const outcome = outcomeOf(probe, baseId);
    outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), name]);
  }
  const [besides] = Object.keys(probe.beside ?? {}).filter((field) => !OBVIOUS.has(field));
  const label = besides === undefined ? probe.field : `${probe.field} beside ${besides}`;
  const value = probe.field.startsWith('messages') ? '' : `\`${JSON.stringify(probe.value).slice(0, 60)}\``;
  return `| ${[label, value, ...toCells(outcomes)].join(' | ')} |`;
}

/** What becomes of every request field, family by family, as a page of Markdown: the code is asked, not described. */
export function describeRequestFields(): string {
  return [
    '# Request fields of chat completions',
    '',
    'Written by `npm run docs`, which asks the code what becomes of each field on one model of every family.',
    '',
    '- **mapped**: reaches the model, or is done by the gateway',
    '- **adapted**: changed or left out, because the model does not take it as it is',
    '- **accepted**: changes nothing',
    '- **refused**: a 400 that names the field',
    '',
    '| Field | Example | mapped | adapted | accepted | refused |',
    '| --- | --- | --- | --- | --- | --- |',
    ...PROBES.map(toRow),
    '',
    'Fields that are not listed are accepted and change nothing.',
    '',
  ].join('\n');
}
