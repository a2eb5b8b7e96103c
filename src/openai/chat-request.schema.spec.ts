import { CHOICES_MAX, chatRequestSchema } from './chat-request.schema.js';
import { toInvalidRequest } from './validation-issue.js';

const messages = [{ role: 'user', content: 'hi' }];

function fault(body: unknown) {
  const parsed = chatRequestSchema.safeParse(body);
  return parsed.success ? undefined : toInvalidRequest(parsed.error.issues);
}

describe('the chat request schema', () => {
  const nullable = [
    'max_completion_tokens',
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'n',
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'logit_bias',
    'logprobs',
    'top_logprobs',
    'stream',
    'stream_options',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'functions',
    'function_call',
    'response_format',
    'reasoning_effort',
    'verbosity',
    'modalities',
    'audio',
    'prediction',
    'web_search_options',
    'moderation',
    'service_tier',
    'store',
    'metadata',
    'user',
    'safety_identifier',
    'prompt_cache_key',
    'prompt_cache_retention',
    'prompt_cache_options',
    'thinking',
    'output_config',
    'anthropic_beta',
    'prompt_caching',
    'guardrailConfig',
    'additionalModelRequestFields',
    'additionalModelResponseFieldPaths',
    'promptVariables',
    'performanceConfig',
    'requestMetadata',
    'top_k',
    'topK',
    'serviceTier',
    'system',
    'extra_body',
  ];

  it.each(nullable)('takes null for %s', (field) => {
    expect(fault({ messages, [field]: null })).toBeUndefined();
  });

  it('knows every field that the test above lists, and no other', () => {
    expect(Object.keys(chatRequestSchema.shape).sort()).toEqual([...nullable, 'messages', 'model'].sort());
  });

  it.each([
    ['unknown fields', { client_metadata: { a: 1 }, x_trace: 'y', eager_input_streaming: true }],
    [
      'values that change nothing',
      { n: 1, logprobs: false, top_logprobs: 0, store: true, metadata: { a: 'b' }, seed: 7 },
    ],
    ['a developer message', { messages: [{ role: 'developer', content: [{ type: 'text', text: 'x' }] }, ...messages] }],
    ['an assistant message without content', { messages: [...messages, { role: 'assistant' }] }],
    ['empty content lists', { messages: [{ role: 'user', content: [] }] }],
    [
      'an image as a bare string',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'https://a/b' }] }] },
    ],
    ['stop as a list', { stop: ['a', 'b', 'c', 'd'] }],
    ['any tool', { tool_choice: 'any' }],
    ['a custom tool choice', { tool_choice: { type: 'custom', custom: { name: 'x' } } }],
    [
      'allowed tools',
      { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function' }] } } },
    ],
  ])('takes %s', (_name, fields) => {
    expect(fault({ messages, ...fields })).toBeUndefined();
  });

  it.each([
    ['no messages', { messages: undefined }, 'messages', 'missing_required_parameter'],
    ['messages of another type', { messages: 'hi' }, 'messages', 'invalid_type'],
    ['an empty list of messages', { messages: [] }, 'messages', 'empty_array'],
    ['an unknown role', { messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role', 'invalid_value'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages[0].content', 'missing_required_parameter'],
    [
      'null as content of a user',
      { messages: [{ role: 'user', content: null }] },
      'messages[0].content',
      'invalid_type',
    ],
    [
      'a number as content',
      { messages: [...messages, { role: 'user', content: 5 }] },
      'messages[1].content',
      'invalid_type',
    ],
    [
      'a tool that streams its input by another word than true',
      { tools: [{ type: 'function', function: { name: 'f' }, eager_input_streaming: 'true' }] },
      'tools[0].eager_input_streaming',
      'invalid_type',
    ],
    [
      'a function that does',
      { tools: [{ type: 'function', function: { name: 'f', eager_input_streaming: 'true' } }] },
      'tools[0].function.eager_input_streaming',
      'invalid_type',
    ],
    [
      'an unknown part',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'hologram' }] }] },
      'messages[0].content[1].type',
      'invalid_value',
    ],
    [
      'a text part without text',
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
      'missing_required_parameter',
    ],
    [
      'an image without a URL',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { detail: 'low' } }] }] },
      'messages[0].content[0].image_url.url',
      'missing_required_parameter',
    ],
    [
      'a tool result without the id of its call',
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id',
      'missing_required_parameter',
    ],
    [
      'a tool call without a name',
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { arguments: '' } }] }] },
      'messages[0].tool_calls[0].function.name',
      'missing_required_parameter',
    ],
    ['a model of another type', { model: 5 }, 'model', 'invalid_type'],
    ['no output at all', { max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
    ['half a token', { max_completion_tokens: 1.5 }, 'max_completion_tokens', 'invalid_type'],
    ['too hot', { temperature: 2.5 }, 'temperature', 'decimal_above_max_value'],
    ['too cold', { temperature: -1 }, 'temperature', 'decimal_below_min_value'],
    ['too much mass', { top_p: 1.1 }, 'top_p', 'decimal_above_max_value'],
    ['too many choices', { n: CHOICES_MAX + 1 }, 'n', 'integer_above_max_value'],
    ['too many stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'array_above_max_length'],
    ['a stop sequence of another type', { stop: [1] }, 'stop[0]', 'invalid_type'],
    ['an unknown effort', { reasoning_effort: 'heroic' }, 'reasoning_effort', 'invalid_value'],
    ['an unknown tier', { service_tier: 'gold' }, 'service_tier', 'invalid_value'],
    ['stream of another type', { stream: 'yes' }, 'stream', 'invalid_type'],
    ['an unknown tool choice', { tool_choice: 'sometimes' }, 'tool_choice', 'invalid_type'],
    [
      'a tool choice without a name',
      { tool_choice: { type: 'function' } },
      'tool_choice.function',
      'missing_required_parameter',
    ],
    [
      'a choice of a tool without its name',
      { tool_choice: { type: 'tool' } },
      'tool_choice.name',
      'missing_required_parameter',
    ],
    ['a tool without a function', { tools: [{ type: 'function' }] }, 'tools[0].function', 'missing_required_parameter'],
    ['a tool without a type', { tools: [{ function: { name: 'x' } }] }, 'tools[0].type', 'invalid_value'],
    ['an unknown format', { response_format: { type: 'xml' } }, 'response_format.type', 'invalid_value'],
    [
      'a schema without a name',
      { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
      'response_format.json_schema.name',
      'missing_required_parameter',
    ],
    [
      'a negative budget',
      { thinking: { type: 'enabled', budget_tokens: -5 } },
      'thinking.budget_tokens',
      'integer_below_min_value',
    ],
    ['a wrong lifetime', { prompt_caching: { ttl: '2h' } }, 'prompt_caching.ttl', 'invalid_value'],
    [
      'an extension that is broken inside extra_body',
      { extra_body: { guardrailConfig: { guardrailIdentifier: 'g' } } },
      'extra_body.guardrailConfig.guardrailVersion',
      'missing_required_parameter',
    ],
    ['metadata that Bedrock refuses', { requestMetadata: { team: 'a|b' } }, 'requestMetadata.team', 'invalid_value'],
  ])('names the field of %s', (_name, fields, param, code) => {
    expect(fault({ messages, ...fields })).toMatchObject({ status: 400, type: 'invalid_request_error', param, code });
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['text', 'x'],
    ['a number', 1],
  ])('refuses %s as body', (_name, body) => {
    expect(fault(body)).toMatchObject({ status: 400, param: null });
  });

  it('never repeats what was sent', () => {
    const secret = 'TOP-SECRET-PROMPT';
    const bodies = [
      { messages: [{ role: secret, content: secret }] },
      { messages: [{ role: 'user', content: [{ type: secret, text: secret }] }] },
      { messages, reasoning_effort: secret, tool_choice: secret, stop: [{ secret }] },
    ];
    for (const body of bodies) {
      expect(fault(body)?.message).not.toContain(secret);
    }
  });

  it.each([
    [{ type: 'any' }, 'required'],
    [{ type: 'auto', disable_parallel_tool_use: false }, 'auto'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
    [{}, null],
  ])('reads the tool choice %j as %j', (choice, own) => {
    expect(chatRequestSchema.parse({ messages, tool_choice: choice }).tool_choice).toEqual(own);
  });

  it('hints at the Responses API when its body comes here', () => {
    expect(fault({ model: 'x', input: 'hi' })?.message).toContain('Responses API');
  });

  it('lets nobody reach a prototype', () => {
    const body: unknown = JSON.parse(
      '{"messages":[{"role":"user","content":"hi","__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}',
    );
    const parsed = chatRequestSchema.parse(body);
    expect((parsed as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
