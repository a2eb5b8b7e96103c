import type { ContentBlock, ConverseResponse, StopReason } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../common/errors/gateway-error.js';
import type { ChatCompletionMessage } from '../../openai/chat-completion.js';
import type { AnswerContext } from './answer-context.js';
import { toChatCompletion } from './to-chat-completion.js';

const context: AnswerContext = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };

function answer(content: ContentBlock[], stopReason: StopReason = 'end_turn'): ConverseResponse {
  return {
    output: { message: { role: 'assistant', content } },
    stopReason,
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    metrics: { latencyMs: 100 },
  };
}

function messageOf(content: ContentBlock[], fields: Partial<AnswerContext> = {}) {
  return toChatCompletion(answer(content), { ...context, ...fields }).completion.choices[0]?.message;
}

describe(toChatCompletion.name, () => {
  it("tells the thinking tokens that the model's own answer tells", () => {
    const response = {
      ...answer([{ text: 'Hi' }]),
      additionalModelResponseFields: { usage: { output_tokens_details: { thinking_tokens: 3 } } },
    };
    const { completion } = toChatCompletion(response, context);
    expect(completion.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 3 });
  });

  it('has every member that OpenAI requires', () => {
    expect(toChatCompletion(answer([{ text: 'Hi' }]), context)).toEqual({
      completion: {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'm',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Hi', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      },
      summary: {
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          cacheReadTokens: null,
          cacheWrite5mTokens: null,
          cacheWrite1hTokens: null,
        },
        searches: 0,
        stopReason: 'end_turn',
        serviceTier: undefined,
        latencyMs: 100,
      },
    });
  });

  const cases: [name: string, content: ContentBlock[], expected: Partial<ChatCompletionMessage>][] = [
    ['all text blocks', [{ text: 'A' }, { text: 'B' }], { content: 'AB' }],
    ['no block at all', [], { content: '' }],
    [
      'text beside calls',
      [{ text: 'A' }, { toolUse: { toolUseId: 't', name: 'f', input: { a: [1] } } }],
      {
        content: 'A',
        tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{"a":[1]}' } }],
      },
    ],
    [
      'a call alone, without arguments',
      [{ toolUse: { toolUseId: 't', name: 'f', input: {} } }],
      { content: null, tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    ],
    [
      'a call whose input is missing',
      [{ toolUse: { toolUseId: 't', name: 'f', input: undefined } }],
      { tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    ],
    [
      'reasoning of both kinds',
      [
        { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
        { reasoningContent: { redactedContent: new Uint8Array([1, 2]) } },
        { text: 'A' },
      ],
      {
        content: 'A',
        reasoning_content: 'hm',
        reasoning_details: [
          { type: 'reasoning.text', text: 'hm', signature: 's' },
          { type: 'reasoning.encrypted', data: 'AQI=' },
        ],
      },
    ],
    [
      'cited text',
      [
        { text: 'So: ' },
        {
          citationsContent: {
            content: [{ text: 'it is' }],
            citations: [{ title: 'T', source: 'https://a.example/', sourceContent: [{ text: 'x' }] }],
          },
        },
        { text: '.' },
      ],
      {
        content: 'So: it is.',
        annotations: [
          {
            type: 'url_citation',
            url_citation: { start_index: 4, end_index: 9, url: 'https://a.example/', title: 'T' },
          },
        ],
      },
    ],
    [
      'what server tools did',
      [
        { toolUse: { toolUseId: 't', name: 'nova_grounding', input: { query: 'x' }, type: 'server_tool_use' } },
        { toolResult: { toolUseId: 't', content: [{ text: 'hidden' }], status: 'success' } },
        { text: 'A' },
      ],
      {
        content: 'A',
        server_tool_calls: [
          {
            id: 't',
            name: 'nova_grounding',
            input: { query: 'x' },
            result: { status: 'success', content: [{ text: 'hidden' }] },
          },
        ],
      },
    ],
    [
      'images',
      [{ text: 'A' }, { image: { format: 'png', source: { bytes: new Uint8Array([1]) } } }],
      {
        content: 'A',
        images: [{ type: 'image_url', index: 0, image_url: { url: 'data:image/png;base64,AQ==' } }],
      },
    ],
  ];

  it.each(cases)('maps %s', (_name, content, expected) => {
    expect(messageOf(content)).toEqual({ role: 'assistant', refusal: null, content: null, ...expected });
  });

  it('says that an image is missing', () => {
    const content: ContentBlock[] = [{ image: { format: 'png', source: undefined, error: { message: 'no' } } }];
    const [choice] = toChatCompletion(answer(content), context).completion.choices;
    expect(choice).toMatchObject({ native_finish_reason: 'image_error', message: { content: '' } });
  });

  it('gives a client of functions a function call', () => {
    const content: ContentBlock[] = [
      { toolUse: { toolUseId: 't', name: 'f', input: { a: 1 } } },
      { toolUse: { toolUseId: 'u', name: 'g', input: {} } },
    ];
    const fields = { legacyCall: true, firstCallOnly: true };
    const [choice] = toChatCompletion(answer(content, 'tool_use'), { ...context, ...fields }).completion.choices;
    expect(choice).toMatchObject({ finish_reason: 'function_call' });
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'f', arguments: '{"a":1}' },
    });
  });

  it('ends the content before a stop sequence', () => {
    const content: ContentBlock[] = [{ text: 'one STOP two' }, { toolUse: { toolUseId: 't', name: 'f', input: {} } }];
    const [choice] = toChatCompletion(answer(content), { ...context, stopSequences: ['STOP'] }).completion.choices;
    expect(choice).toMatchObject({ finish_reason: 'stop', message: { content: 'one ' } });
    expect(choice?.message).not.toHaveProperty('tool_calls');
  });

  it('takes off `properties` around the input of that tool', () => {
    const content: ContentBlock[] = [
      { toolUse: { toolUseId: 't', name: 'json', input: { properties: { city: 'x' } } } },
    ];
    const ways = { jsonTool: 'json', isJson: true, unwrapsJson: true };
    const { choices } = toChatCompletion(answer(content, 'tool_use'), { ...context, ...ways }).completion;
    expect(choices[0]).toMatchObject({ message: { content: '{"city":"x"}' }, finish_reason: 'stop' });
  });

  it('turns the tool of the response format into content', () => {
    const content: ContentBlock[] = [
      { text: 'Here:' },
      { toolUse: { toolUseId: 't', name: 'json', input: { city: 'x' } } },
    ];
    const { choices } = toChatCompletion(answer(content, 'tool_use'), { ...context, jsonTool: 'json' }).completion;
    expect(choices[0]).toMatchObject({ message: { content: '{"city":"x"}' }, finish_reason: 'stop' });
    expect(choices[0]?.message).not.toHaveProperty('tool_calls');
  });

  it('reports the service tier in OpenAI’s words', () => {
    const tiers = (['priority', 'reserved', 'default', 'flex'] as const).map(
      (type) => toChatCompletion({ ...answer([]), serviceTier: { type } }, context).completion.service_tier,
    );
    expect(tiers).toEqual(['priority', 'scale', 'default', 'flex']);
  });

  it('leaves usage out that Bedrock did not report', () => {
    const { completion, summary } = toChatCompletion({ ...answer([]), usage: undefined }, context);
    expect(completion).not.toHaveProperty('usage');
    expect(summary.usage).toBeUndefined();
  });

  it.each([
    ['no output', {}],
    ['no message', { output: {} }],
    ['content that is no list', { output: { message: { content: 'secret' } } }],
  ])('refuses an answer with %s, without a word of it', (_name, response) => {
    let error: unknown;
    try {
      toChatCompletion({ ...response, $metadata: { requestId: 'aws-1' } } as never, context);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      status: 502,
      code: 'upstream_invalid_response',
      headers: { 'x-aws-request-id': 'aws-1' },
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });
});
