import * as fc from 'fast-check';

/**
 * Chat request bodies as JSON text: valid ones, ones with a few broken places, and texts that are hardly JSON. Nothing
 * of the project is imported, so that scripts can use it without a build.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MODELS = [
  'us.amazon.nova-lite-v1:0',
  'us.amazon.nova-2-lite-v1:0',
  'global.anthropic.claude-sonnet-4-6',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
  'us.anthropic.claude-opus-4-5-20251101-v1:0',
  'us.anthropic.claude-opus-5-5',
  'us.meta.llama3-3-70b-instruct-v1:0',
  'mistral.mistral-large-3-675b-instruct',
  'amazon.titan-text-express-v1',
  'cohere.command-r-plus-v1:0',
  'us.deepseek.r1-v1:0',
  'openai.gpt-oss-120b-1:0',
  'us.openai.gpt-6-sol',
  'qwen.qwen3-32b-v1:0',
  'moonshotai.kimi-k2.5',
  'us.writer.palmyra-x5-v1:0',
  'zai.glm-5',
];

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = 'data:application/pdf;base64,JVBERi0xLjQKJSVFT0Y=';

const nested = (depth: number, open: (inner: Json) => Json): Json => {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = open(value);
  return value;
};

const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('hi', 'What is the weather in Łódź?', '{"a":1}', '```json\n{}\n```') },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('', ' \n', '\ud800', 'a\udfff', '\u0000', '\u202e', 'x'.repeat(5_000)) },
);

const junk: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1e308, -1e308, 2 ** 53, 1e-7, 0.5, 129, '', '0', '\ud83d', '\u0000'),
  fc.constantFrom<Json>([], {}, [null], [[]], [{}], { type: 'text' }, { role: 'user' }, [{ role: 'user' }]),
  fc.constantFrom<Json>(
    nested(150, (inner) => [inner]),
    nested(150, (inner) => ({ a: inner })),
  ),
  fc.constantFrom(JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}},"toString":3}') as Json),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>,
);

/** Mostly a value that is right, and often enough none at all. */
function maybe(value: fc.Arbitrary<unknown>, weight = 1): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: weight * 4, arbitrary: value },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

const cacheControl = maybe(fc.record({ type: fc.constant('ephemeral'), ttl: fc.constantFrom('5m', '1h') }));
const textPart = fc.record({ type: fc.constant('text'), text, cache_control: cacheControl });
const part = fc.oneof(
  { weight: 6, arbitrary: textPart },
  fc.record({ type: fc.constant('image_url'), image_url: fc.record({ url: fc.constantFrom(PNG, 'data:,', 'x', '') }) }),
  fc.record({ type: fc.constant('file'), file: fc.record({ file_data: fc.constantFrom(PDF, '%'), filename: text }) }),
  fc.record({ type: fc.constant('file'), file: fc.record({ file_id: text }) }),
  fc.record({
    type: fc.constant('input_audio'),
    input_audio: fc.record({ data: fc.constant('AAAA'), format: fc.constantFrom('wav', 'mp3', '?') }),
  }),
  fc.record({
    type: fc.constant('video_url'),
    video_url: fc.record({ url: fc.constant('data:video/mp4;base64,AAAA') }),
  }),
  fc.record({ type: fc.constant('refusal'), refusal: text }),
  fc.record({ type: fc.constantFrom('guarded_text', 'grounding_source', 'query'), text }),
  fc.record({ type: fc.constant('search_result'), source: text, title: text, content: text }),
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({
      url: fc.constantFrom('s3://bucket/a.png', 's3://b', 's3://bucket/a.pdf'),
      format: maybe(text),
    }),
  }),
);
const content = fc.oneof({ weight: 9, arbitrary: text }, fc.array(part, { maxLength: 4 }));
const id = fc.constantFrom('call_1', 'call_2', 'a b', '|'.repeat(70), '日');
const args = fc.constantFrom(
  '{}',
  '{"city":"Paris"}',
  '{"city":"Paris"}',
  '{}',
  '{"city":"Paris"}',
  '',
  ' ',
  'null',
  '[1]',
  '"{\\"a\\":1}"',
  '{"a":',
  '{"":1}',
  '{"__proto__":1}',
);
const name = fc.constantFrom('get_weather', 'f', 'x.y', 'ü', 'a'.repeat(80));
const thoughts = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('reasoning.text'), text, signature: maybe(text) }),
    fc.record({ type: fc.constant('reasoning.encrypted'), data: fc.constantFrom('AAEC', '%') }),
  ),
  { maxLength: 2 },
);

const serverCalls = fc.array(
  fc.record({
    id,
    name: fc.constantFrom('nova_grounding', 'x y'),
    input: fc.constantFrom<Json>({}, { '': 1 }),
    result: maybe(fc.record({ status: fc.constantFrom('success', 'error'), content: fc.array(fc.record({ text })) })),
  }),
  { maxLength: 2 },
);

const plainTurn = fc
  .record({
    role: fc.constantFrom('system', 'developer', 'user', 'user', 'user', 'assistant'),
    content: fc.oneof({ weight: 5, arbitrary: content }, fc.constant(null)),
    name: maybe(text),
    cache_control: cacheControl,
    refusal: maybe(text),
    reasoning_content: maybe(text),
    reasoning_details: maybe(thoughts),
    server_tool_calls: maybe(serverCalls),
  })
  .map((message) => [message]);
const callTurn = fc
  .tuple(
    fc.array(fc.tuple(id, name, args), { minLength: 1, maxLength: 3 }),
    content,
    fc.integer({ min: 0, max: 30 }),
    fc.boolean(),
  )
  .map(([calls, result, lost, isError]) => [
    {
      role: 'assistant',
      content: null,
      tool_calls: calls.map(([callId, called, text_]) => ({
        id: callId,
        type: 'function',
        function: { name: called, arguments: text_ },
      })),
    },
    ...calls.slice(lost === 0 ? 1 : 0).map(([callId]) => ({
      role: 'tool',
      tool_call_id: callId,
      content: result,
      ...(isError ? { is_error: true } : {}),
    })),
  ]);
const legacyTurn = fc.tuple(name, args, text).map(([called, text_, result]) => [
  { role: 'assistant', content: null, function_call: { name: called, arguments: text_ } },
  { role: 'function', name: called, content: result },
]);
const messages = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: plainTurn },
      { weight: 2, arbitrary: callTurn },
      { weight: 1, arbitrary: legacyTurn },
    ),
    { minLength: 0, maxLength: 6 },
  )
  .map((turns) => [...turns.flat(), ...(turns.length % 2 === 0 ? [{ role: 'user', content: 'hi' }] : [])]);

const schema = fc.constantFrom<Json>(
  { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  { type: 'object' },
  {},
  { type: 'array', items: { type: 'string' } },
  { $ref: '#/$defs/a', $defs: { a: { type: 'object', properties: { b: { $ref: '#/$defs/a' } } } } },
  { anyOf: [{ type: 'object', properties: { a: { minimum: 1 } } }, { type: 'null' }] },
  { type: 'object', properties: { '': {}, __x: { enum: [] }, c: { maxItems: 3, type: ['array', 'null'] } } },
  nested(120, (inner) => ({ type: 'object', properties: { a: inner } })),
);
const fn = fc.record({ name, description: maybe(text), parameters: maybe(schema, 3), strict: maybe(fc.boolean()) });
const tool = fc.oneof(
  { weight: 9, arbitrary: fc.record({ type: fc.constant('function'), function: fn, cache_control: cacheControl }) },
  fc.constantFrom<Json>(
    { type: 'web_search' },
    { type: 'custom', custom: { name: 'c' } },
    { systemTool: { name: 'nova_code_interpreter' } },
    { type: 'bash_20250124', name: 'bash' },
    { type: 'computer_20250124', function: { name: 'computer', parameters: { display_width_px: 1 } } },
  ),
);
const named = fc.record({ type: fc.constant('function'), function: fc.record({ name }) });

const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  max_tokens: fc.integer({ min: 1, max: 9_000 }),
  max_completion_tokens: fc.integer({ min: 1, max: 9_000 }),
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  top_p: fc.double({ min: 0, max: 1, noNaN: true }),
  top_k: fc.integer({ min: 1, max: 500 }),
  stop: fc.oneof(text, fc.array(text, { maxLength: 5 })),
  n: fc.constantFrom(1, 1, 1, 2, 3),
  seed: fc.integer(),
  frequency_penalty: fc.double({ min: -2, max: 2, noNaN: true }),
  presence_penalty: fc.double({ min: -2, max: 2, noNaN: true }),
  logit_bias: fc.constantFrom<Json>({}, { '50256': -100 }),
  logprobs: fc.boolean(),
  top_logprobs: fc.constantFrom(0, 5),
  stream: fc.boolean(),
  stream_options: fc.record({ include_usage: fc.boolean() }),
  tools: fc.array(tool, { maxLength: 4 }),
  tool_choice: fc.oneof(
    fc.constantFrom<Json>('auto', 'none', 'required', {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [] },
    }),
    named,
  ),
  parallel_tool_calls: fc.boolean(),
  functions: fc.array(fn, { maxLength: 2 }),
  function_call: fc.oneof(fc.constantFrom<Json>('auto', 'none'), fc.record({ name })),
  response_format: fc.oneof(
    fc.constantFrom<Json>({ type: 'text' }, { type: 'json_object' }),
    fc.record({ type: fc.constant('json_schema'), json_schema: fc.record({ name, schema, strict: fc.boolean() }) }),
  ),
  reasoning_effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  verbosity: fc.constantFrom('low', 'high'),
  modalities: fc.constantFrom<Json>(['text'], ['text', 'audio']),
  audio: fc.constantFrom<Json>({ voice: 'alloy', format: 'mp3' }),
  prediction: fc.constantFrom<Json>({ type: 'content', content: 'x' }),
  web_search_options: fc.constantFrom<Json>({}),
  service_tier: fc.constantFrom('auto', 'default', 'flex', 'priority', 'scale'),
  store: fc.boolean(),
  metadata: fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  user: text,
  safety_identifier: text,
  prompt_cache_key: text,
  thinking: fc.record({
    type: fc.constantFrom('enabled', 'disabled', 'adaptive'),
    budget_tokens: fc.constantFrom(9, 1024, 2000, 40_000),
  }),
  output_config: fc.constantFrom<Json>(
    { effort: 'max' },
    { format: { type: 'json_schema', schema: { type: 'object' } } },
  ),
  additionalModelResponseFieldPaths: fc.constantFrom<Json>(['/a'], []),
  promptVariables: fc.constantFrom<Json>({ a: { text: '' } }),
  anthropic_beta: fc.array(fc.constantFrom('interleaved-thinking-2025-05-14', 'x'), { maxLength: 2 }),
  prompt_caching: fc.record({ system: fc.boolean(), messages: fc.boolean(), tools: fc.boolean() }),
  guardrailConfig: fc.constantFrom<Json>({ guardrailIdentifier: 'sandboxguard', guardrailVersion: '1' }),
  additionalModelRequestFields: fc.constantFrom<Json>(
    {},
    { top_k: 5 },
    { max_tokens: 9 },
    { inferenceConfig: { topK: 3 } },
  ),
  performanceConfig: fc.constantFrom<Json>({ latency: 'standard' }),
  requestMetadata: fc.dictionary(fc.constantFrom('team', 'a b', 'é'), fc.constantFrom('x', ''), { maxKeys: 2 }),
  extra_body: fc.constantFrom<Json>({}, { thinking: { type: 'disabled' } }, { top_k: 3 }, { x: 1 }),
  client_metadata: junk,
};

/** A few fields at a time: one that is refused would hide the others. */
const someFields = fc
  .uniqueArray(fc.constantFrom(...Object.keys(FIELDS)), { maxLength: 4 })
  .chain((names) => fc.record(Object.fromEntries(names.map((field) => [field, FIELDS[field] ?? junk]))));

const right = fc
  .record({ model: fc.constantFrom(...MODELS), messages, fields: someFields })
  .map(({ fields, ...body }) => ({ ...body, ...fields }) as unknown as Json);

/** Puts something else at one place that the number decides. */
function broken(body: Json, place: number, value: Json | undefined): Json {
  if (typeof body !== 'object' || body === null) return value ?? null;
  const keys = Object.keys(body);
  const key = keys[place % Math.max(keys.length, 1)];
  if (key === undefined) return value ?? null;
  const rest = Math.floor(place / keys.length);
  const inner = (body as Record<string, Json>)[key] ?? null;
  const isHere = rest % 3 === 0 || typeof inner !== 'object' || inner === null;
  const next = isHere ? value : broken(inner, Math.floor(rest / 3), value);
  if (Array.isArray(body)) {
    return body.flatMap((item, index) => (String(index) === key ? (next === undefined ? [] : [next]) : [item]));
  }
  const { [key]: _old, ...others } = body;
  return next === undefined ? others : { ...others, [key]: next };
}

const wrong = fc
  .tuple(
    right,
    fc.array(fc.tuple(fc.nat(), fc.option(junk, { nil: undefined, freq: 6 })), { minLength: 1, maxLength: 3 }),
  )
  .map(([body, places]) => places.reduce<Json>((result, [place, value]) => broken(result, place, value), body));

const hardlyJson = fc.oneof(
  fc.tuple(right, fc.nat(2_000)).map(([body, length]) => JSON.stringify(body).slice(0, length)),
  fc.tuple(right, fc.nat(2_000), fc.string({ unit: 'binary', maxLength: 3 })).map(([body, place, insert]) => {
    const json = JSON.stringify(body);
    return json.slice(0, place) + insert + json.slice(place);
  }),
  fc.constantFrom(
    '[]',
    'null',
    '"x"',
    '5',
    '1e999',
    '{}',
    '{"model":"us.amazon.nova-lite-v1:0"}',
    '{"messages":[{"role":"user","content":"hi"}],"temperature":1e999}',
    '{"messages":[{"role":"user","content":"hi"}],"max_tokens":123456789012345678901234567890}',
    '{"__proto__":{"messages":[{"role":"user","content":"hi"}]}}',
    '{"messages":[{"__proto__":null,"role":"user","content":"hi"}]}',
    '{"messages":[{"role":"user","content":"a","content":5}]}',
    `{"messages":[{"role":"user","content":"hi"}],"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
    `{"messages":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    `{"messages":[{"role":"user","content":"hi"}],"additionalModelRequestFields":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}}`,
    `{"messages":[{"role":"user","content":"hi"}],"tools":[${'{"type":"function","function":{"name":"f"}},'.repeat(300)}{}]}`,
  ),
);

/** Bodies as they go over the wire. A lone surrogate is an escape, as `JSON.stringify` writes it. */
export const requestTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 50, arbitrary: right.map((body) => JSON.stringify(body)) },
  { weight: 40, arbitrary: wrong.map((body) => JSON.stringify(body)) },
  { weight: 10, arbitrary: hardlyJson },
);

/** The same bodies for the same seed. */
export function sampleRequestTexts(count: number, seed: number): string[] {
  return fc.sample(requestTexts, { numRuns: count, seed });
}

/** Whether a text is a JSON object, so that there are fields to name. */
function hasFields(sent: string): boolean {
  try {
    const value = JSON.parse(sent) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** What an answer to a body may be reproached with; undefined for a good one. */
export function faultOf(status: number, body: string, sent: string): string | undefined {
  if (status === 200) return undefined;
  if (status >= 500) return `${status}: ${body.slice(0, 300)}`;
  try {
    const { error } = JSON.parse(body) as { error: Record<string, unknown> };
    if (Object.keys(error).join() !== 'message,type,param,code') return `not OpenAI's error: ${body.slice(0, 300)}`;
    const isNamed = typeof error['param'] === 'string' && error['param'] !== '';
    return isNamed || !hasFields(sent) ? undefined : `no field named: ${body.slice(0, 300)}`;
  } catch {
    return `${status} without JSON: ${body.slice(0, 300)}`;
  }
}
