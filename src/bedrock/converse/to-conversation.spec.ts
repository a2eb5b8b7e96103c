import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toConversation } from './to-conversation.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const CLAUDE_3 = 'anthropic.claude-3-haiku-20240307-v1:0';
const SONNET_46 = 'us.anthropic.claude-sonnet-4-6';
const FABLE_51 = 'us.anthropic.claude-fable-5-1';
const NOVA = 'us.amazon.nova-pro-v1:0';
const GPT = 'us.openai.gpt-6-sol';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const MISTRAL = 'mistral.mistral-large-2407-v1:0';
const MISTRAL_3 = 'mistral.mistral-large-3-675b-instruct';
const QWEN = 'qwen.qwen3-32b-v1:0';
const GEMMA = 'google.gemma-3-27b-it';
const TITAN = 'amazon.titan-text-express-v1';

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, extra: object = {}) => ({ role: 'assistant', content, ...extra });
const call = (id: string, args: unknown = '{}', name = 'f') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const result = (id: string, content: unknown, extra: object = {}) => ({
  role: 'tool',
  tool_call_id: id,
  content,
  ...extra,
});
const tools = [{ type: 'function', function: { name: 'f' } }];
const png = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const image = { image: { format: 'png', source: { bytes: Buffer.from('iVBORw0KGgo=', 'base64') } } };

function input(model: string, messages: unknown[], fields: object = {}) {
  return prepareRequest(model, { messages, ...fields }).input;
}

/** The messages after a call, when the user says something right after its result. */
function afterResult(model: string, ...parts: unknown[]) {
  const calling = assistant(null, { tool_calls: [call('a')] });
  return input(model, [user('q'), calling, result('a', 'x'), user(parts)], { tools }).messages?.slice(2);
}

describe(toConversation.name, () => {
  it('leaves what a second message of a turn thinks between the calls, where it was thought', () => {
    const thought = { type: 'thinking', thinking: 't', signature: 's' };
    const second = assistant([thought, { type: 'text', text: 'And.' }], { tool_calls: [call('b')] });
    const messages = [
      user('q'),
      assistant(null, { tool_calls: [call('a')] }),
      second,
      result('a', 'y'),
      result('b', 'z'),
    ];
    const kinds = input(CLAUDE, messages, { tools }).messages?.[1]?.content?.map((block) => Object.keys(block)[0]);
    expect(kinds).toEqual(['toolUse', 'reasoningContent', 'text', 'toolUse']);
  });

  it.each<[string, unknown[], unknown]>([
    ['text', [user('hi')], [user([{ text: 'hi' }])]],
    [
      'parts',
      [
        user([
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ]),
      ],
      [user([{ text: 'a' }, { text: 'b' }])],
    ],
    [
      'a call of a custom tool, and its result',
      [
        user('q'),
        assistant(null, { tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: 'x = 1' } }] }),
        result('a', 'y'),
      ],
      [
        user([{ text: 'q' }]),
        assistant([{ toolUse: { toolUseId: 'a', name: 'f', input: { input: 'x = 1' } } }]),
        user([{ toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } }]),
      ],
    ],
    [
      'words after a call, which go before it',
      [user('q'), assistant(null, { tool_calls: [call('a')] }), assistant('Let me look.'), result('a', 'y')],
      [
        user([{ text: 'q' }]),
        assistant([{ text: 'Let me look.' }, { toolUse: { toolUseId: 'a', name: 'f', input: {} } }]),
        user([{ toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } }]),
      ],
    ],
    [
      'a call that its own message repeats, once',
      [
        user('q'),
        assistant(null, { tool_calls: [call('a'), call('a'), call('b')] }),
        result('a', 'y'),
        result('b', 'z'),
      ],
      [
        user([{ text: 'q' }]),
        assistant([
          { toolUse: { toolUseId: 'a', name: 'f', input: {} } },
          { toolUse: { toolUseId: 'b', name: 'f', input: {} } },
        ]),
        user([
          { toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } },
          { toolResult: { toolUseId: 'b', content: [{ text: 'z' }] } },
        ]),
      ],
    ],
    [
      'the calls of two messages in a row as one turn, a repeated one once',
      [
        user('q'),
        assistant(null, { tool_calls: [call('a')] }),
        assistant('Both.', { tool_calls: [call('a'), call('b')] }),
        result('a', 'y'),
        result('b', 'z'),
      ],
      [
        user([{ text: 'q' }]),
        assistant([
          { text: 'Both.' },
          { toolUse: { toolUseId: 'a', name: 'f', input: {} } },
          { toolUse: { toolUseId: 'b', name: 'f', input: {} } },
        ]),
        user([
          { toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } },
          { toolResult: { toolUseId: 'b', content: [{ text: 'z' }] } },
        ]),
      ],
    ],
    [
      'a function message that names its call as a tool message does',
      [
        user('q'),
        assistant('', { tool_calls: [call('a')] }),
        { role: 'function', name: 'f', tool_call_id: 'a', content: 'y' },
      ],
      [
        user([{ text: 'q' }]),
        assistant([{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }]),
        user([{ toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } }]),
      ],
    ],
    [
      'a guarded part of a result, which is text there',
      [user('q'), assistant(null, { tool_calls: [call('a')] }), result('a', [{ type: 'guarded_text', text: 'y' }])],
      [
        user([{ text: 'q' }]),
        assistant([{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }]),
        user([{ toolResult: { toolUseId: 'a', content: [{ text: 'y' }] } }]),
      ],
    ],
    [
      'an answer to go on from, without the blanks at its very end',
      [
        user('q'),
        assistant([
          { type: 'text', text: 'a ' },
          { type: 'text', text: 'b ' },
        ]),
      ],
      [user([{ text: 'q' }]), assistant([{ text: 'a ' }, { text: 'b' }])],
    ],
    ['neighbours of one role', [user('a'), user('b')], [user([{ text: 'a' }, { text: 'b' }])]],
    ['a blank answer, which goes', [user('a'), assistant('  '), user('b')], [user([{ text: 'a' }, { text: 'b' }])]],
    ['a blank question, which gets words', [user('')], [user([{ text: '(no content)' }])]],
    [
      'blank parts, which go',
      [
        user([
          { type: 'text', text: ' ' },
          { type: 'text', text: 'b' },
        ]),
      ],
      [user([{ text: 'b' }])],
    ],
    [
      'refusals',
      [
        user('a'),
        assistant([{ type: 'refusal', refusal: 'no' }]),
        user('b'),
        assistant(null, { refusal: 'never' }),
        user('c'),
      ],
      [
        user([{ text: 'a' }]),
        assistant([{ text: 'no' }]),
        user([{ text: 'b' }]),
        assistant([{ text: 'never' }]),
        user([{ text: 'c' }]),
      ],
    ],
    ['a lone surrogate', [user('a\ud800b')], [user([{ text: 'a\ufffdb' }])]],
    ['blanks around words, which stay', [user(' a ')], [user([{ text: ' a ' }])]],
    ['names, which Converse does not know', [{ ...user('a'), name: 'Ann' }], [user([{ text: 'a' }])]],
  ])('maps %s', (_name, messages, expected) => {
    expect(input(CLAUDE, messages).messages).toEqual(expected);
  });

  it('puts a question before an answer that comes first', () => {
    const question = user([{ text: 'Continue the conversation.' }]);
    const given = [assistant([{ text: 'a' }]), user([{ text: 'b' }])];
    expect(input(CLAUDE, [assistant('a'), user('b')]).messages).toEqual([question, ...given]);
  });

  it('ends a cached prefix after the call that asks for it', () => {
    const cached = { ...call('b'), cache_control: { type: 'ephemeral' } };
    const messages = [
      user('q'),
      assistant(null, { tool_calls: [cached, call('c')] }),
      result('b', 'x'),
      result('c', 'y'),
    ];
    const blocks = input(CLAUDE, messages).messages?.[1]?.content ?? [];
    expect(blocks.map((block) => block.toolUse?.toolUseId ?? block.cachePoint?.type)).toEqual(['b', 'default', 'c']);
  });

  it('reads what grounds an answer as text', () => {
    const parts = ['grounding_source', 'query'].map((type) => ({ type, text: type }));
    const expected = [{ text: 'grounding_source' }, { text: 'query' }];
    expect(input(CLAUDE, [user(parts)]).messages?.[0]?.content).toEqual(expected);
  });

  it('leaves a later system message in its place where signatures hold for the system prompt', () => {
    const thought = { thinking_blocks: [{ type: 'thinking', thinking: 'w', signature: 'c2ln' }] };
    const earlier = [{ role: 'system', content: 's1' }, user('q1'), { role: 'system', content: 's2' }];
    const later = [
      ...earlier,
      assistant('a1', { ...thought, tool_calls: [call('a')] }),
      { role: 'system', content: [{ type: 'text', text: 's3', cache_control: { type: 'ephemeral' } }] },
      result('a', 'r'),
      { role: 'system', content: ' ' },
      user('q2'),
    ];
    const { system, messages } = input(FABLE_51, later, { tools });
    expect(system).toEqual([{ text: 's1' }, { text: 's2' }]);
    expect(messages?.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    expect(messages?.[2]?.content).toEqual([
      expect.objectContaining({ toolResult: expect.anything() }),
      { text: expect.stringContaining('system') },
      { text: 's3' },
      { cachePoint: { type: 'default' } },
      { text: 'q2' },
    ]);
    // What was sent before the answer is what is sent with it.
    expect(input(FABLE_51, earlier, { tools }).system).toEqual(system);
    expect(input(SONNET_46, later, { tools }).system).toHaveLength(4);
  });

  it('lifts system and developer messages out, wherever they stand', () => {
    const { system, messages } = input(CLAUDE, [
      { role: 'system', content: 'A' },
      user('u1'),
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'B' },
          { type: 'text', text: ' ' },
        ],
      },
      { role: 'system', content: '' },
      user('u2'),
    ]);
    expect(system).toEqual([{ text: 'A' }, { text: 'B' }]);
    expect(messages).toEqual([user([{ text: 'u1' }, { text: 'u2' }])]);
  });

  it('says the system prompt in the conversation where a model has none', () => {
    const { system, messages } = input(TITAN, [{ role: 'system', content: 'A' }, user('u')]);
    expect(system).toBeUndefined();
    expect(messages).toEqual([user([{ text: 'A' }, { text: 'u' }])]);
  });

  it('keeps calls and results together, results first', () => {
    const { messages } = input(
      CLAUDE,
      [
        user('q'),
        assistant('t', { tool_calls: [call('t1', '{"a":1}'), call('t2')] }),
        result('t1', 'one'),
        result('t2', 'two'),
        user('next'),
      ],
      { tools },
    );
    expect(messages?.slice(1)).toEqual([
      assistant([
        { text: 't' },
        { toolUse: { toolUseId: 't1', name: 'f', input: { a: 1 } } },
        { toolUse: { toolUseId: 't2', name: 'f', input: {} } },
      ]),
      user([
        { toolResult: { toolUseId: 't1', content: [{ text: 'one' }] } },
        { toolResult: { toolUseId: 't2', content: [{ text: 'two' }] } },
        { text: 'next' },
      ]),
    ]);
  });

  it('puts a result before words that came between', () => {
    const { messages } = input(
      CLAUDE,
      [user('q'), assistant(null, { tool_calls: [call('a')] }), user('hurry'), result('a', 'x')],
      { tools },
    );
    expect(messages?.[2]).toEqual(
      user([{ toolResult: { toolUseId: 'a', content: [{ text: 'x' }] } }, { text: 'hurry' }]),
    );
  });

  it.each([LLAMA, 'meta.llama9-new-v1:0'])('words of an assistant stand apart from its calls on %s', (model) => {
    const calling = assistant('I look.', { tool_calls: [call('a')] });
    const { messages } = input(model, [user('q'), calling, result('a', 'x')], { tools });
    expect(messages?.slice(1)).toEqual([
      assistant([{ text: 'I look.' }]),
      user([{ text: 'Go on.' }]),
      assistant([{ toolUse: expect.objectContaining({ toolUseId: 'a' }) as unknown }]),
      user([{ toolResult: { toolUseId: 'a', content: [{ text: 'x' }] } }]),
    ]);
  });

  describe('with something beside a tool result', () => {
    const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: Buffer.from('%PDF-1.4').toString('base64') } };
    const document = { document: { format: 'pdf', name: 'a', source: { bytes: Buffer.from('%PDF-1.4') } } };
    const answered = { toolResult: { toolUseId: expect.any(String) as string, content: [{ text: 'x' }] } };
    const said = { type: 'text', text: 'next' };
    const text = { text: 'next' };

    it.each<[string, string, unknown[], unknown[]]>([
      ['Claude takes an image there', CLAUDE, [said, png], [text, image]],
      ['Nova takes a document there', NOVA, [said, pdf], [text, document]],
    ])('%s', (_name, model, parts, expected) => {
      expect(afterResult(model, ...parts)).toEqual([user([answered, ...expected])]);
    });

    it.each<[string, string, unknown[], unknown[]]>([
      ['a document of Claude', CLAUDE, [said, pdf], [text, document]],
      ['text of Llama', LLAMA, [said], [text]],
      ['text of Mistral', MISTRAL, [said], [text]],
      ['text of a Mistral that nobody knows', 'mistral.new-1', [said], [text]],
      ['an image of Llama 4', 'us.meta.llama4-scout-17b-instruct-v1:0', [png], [image]],
    ])('%s stands in a message of its own', (_name, model, parts, expected) => {
      expect(afterResult(model, ...parts)).toEqual([user([answered]), assistant([{ text: 'Noted.' }]), user(expected)]);
    });

    it('a document of a tool stands beside the result on Nova, with text', () => {
      const calling = assistant(null, { tool_calls: [call('a')] });
      const { messages } = input(NOVA, [user('q'), calling, result('a', [pdf])], { tools });
      expect(messages?.[2]?.content).toEqual([
        { toolResult: { toolUseId: 'a', content: [{ text: '(the output is the attached file)' }] } },
        document,
        { text: 'Please use the attached documents.' },
      ]);
    });
  });

  it.each<[string, unknown, object]>([
    ['empty text', '', {}],
    ['blanks', ' \n', {}],
    ['null', 'null', {}],
    ['an object itself', { a: 1 }, { a: 1 }],
    ['an object encoded twice', '"{\\"a\\":1}"', { a: 1 }],
    ['a list', '[1]', { value: [1] }],
    ['a number', '7', { value: 7 }],
    ['an empty key', '{"":1}', { _: 1 }],
    ['an absent value', undefined, {}],
    ['a lone surrogate', '{"a":"\\ud800"}', { a: '\ufffd' }],
  ])('takes %s as arguments', (_name, args, expected) => {
    const { messages } = input(
      CLAUDE,
      [user('q'), assistant(null, { tool_calls: [call('a', args)] }), result('a', 'x')],
      { tools },
    );
    expect(messages?.[1]?.content).toEqual([{ toolUse: { toolUseId: 'a', name: 'f', input: expected } }]);
  });

  it.each<[string, unknown, unknown]>([
    ['nothing', '', [{ text: '(no output)' }]],
    ['null', null, [{ text: '(no output)' }]],
    ['no parts', [], [{ text: '(no output)' }]],
    [
      'several parts',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      [{ text: 'a' }, { text: 'b' }],
    ],
    ['text and image', [{ type: 'text', text: 'a' }, png], [{ text: 'a' }, image]],
  ])('takes %s as result', (_name, content, expected) => {
    const { messages } = input(
      CLAUDE,
      [user('q'), assistant(null, { tool_calls: [call('a')] }), result('a', content)],
      { tools },
    );
    expect(messages?.[2]?.content).toEqual([{ toolResult: { toolUseId: 'a', content: expected } }]);
  });

  it('puts a file beside the result where a result holds none', () => {
    const { messages } = input(GPT, [user('q'), assistant(null, { tool_calls: [call('a')] }), result('a', [png])], {
      tools,
    });
    expect(messages?.[2]?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: '(the output is the attached file)' }] } },
      image,
    ]);
  });

  it('marks a failed tool', () => {
    const { messages } = input(
      CLAUDE,
      [user('q'), assistant(null, { tool_calls: [call('a')] }), result('a', 'x', { is_error: true })],
      { tools },
    );
    expect(messages?.[2]?.content?.[0]?.toolResult?.status).toBe('error');
  });

  it('leaves the failure of a tool to its words for Palmyra', () => {
    const failed = result('a', 'no', { is_error: true });
    const { messages } = input(
      'us.writer.palmyra-x5-v1:0',
      [user('q'), assistant(null, { tool_calls: [call('a')] }), failed],
      { tools },
    );
    expect(messages?.[2]?.content).toEqual([{ toolResult: { toolUseId: 'a', content: [{ text: 'no' }] } }]);
  });

  it('takes calls of the time before tools', () => {
    const { messages } = input(
      CLAUDE,
      [
        user('q'),
        assistant(null, { function_call: { name: 'f', arguments: '{"a":1}' } }),
        { role: 'function', name: 'f', content: 'x' },
      ],
      { tools },
    );
    expect(messages?.[1]?.content).toEqual([{ toolUse: { toolUseId: 'function_call', name: 'f', input: { a: 1 } } }]);
    expect(messages?.[2]?.content).toEqual([{ toolResult: { toolUseId: 'function_call', content: [{ text: 'x' }] } }]);
  });

  it('gives repeated ids of later turns new ones', () => {
    const turn = [assistant(null, { tool_calls: [call('call_0')] }), result('call_0', 'x')];
    const { messages } = input(CLAUDE, [user('q'), ...turn, ...turn], { tools });
    const ids = messages?.flatMap(
      ({ content }) => content?.flatMap((block) => block.toolUse?.toolUseId ?? block.toolResult?.toolUseId ?? []) ?? [],
    );
    expect(ids?.[0]).toBe('call_0');
    expect(ids?.[2]).not.toBe('call_0');
    expect([ids?.[1], ids?.[3]]).toEqual([ids?.[0], ids?.[2]]);
  });

  it('pairs two calls of one turn that share an id, in order', () => {
    const calls = { tool_calls: [call('x', '{"n":1}'), call('x', '{"n":2}')] };
    const { messages } = input(CLAUDE, [user('q'), assistant(null, calls), result('x', 'one'), result('x', 'two')], {
      tools,
    });
    const [first, second] = messages?.[1]?.content?.map((block) => block.toolUse?.toolUseId) ?? [];
    expect(first).not.toBe(second);
    expect(messages?.[2]?.content?.map((block) => block.toolResult?.toolUseId)).toEqual([first, second]);
  });

  it.each([
    [CLAUDE, 'toolu_01.a:b-c', /^toolu_01\.a:b-c$/],
    [CLAUDE, 'call|with spaces', /^call_[0-9a-f]{24}$/],
    [CLAUDE, 'x'.repeat(65), /^call_[0-9a-f]{24}$/],
    [MISTRAL, 'call_abc', /^[a-zA-Z0-9]{9}$/],
    [MISTRAL, 'getphoto1', /^getphoto1$/],
    [MISTRAL, 'tooluse_daIKOZu4g4GrvIIv9wdqy4', /^tooluse_daIKOZu4g4GrvIIv9wdqy4$/],
    [MISTRAL_3, 'tooluse_daIKOZu4g4GrvIIv9wdqy4', /^[a-zA-Z0-9]{9}$/],
  ])('on %s sends the id %s as it may be', (model, id, pattern) => {
    const { messages } = input(model, [user('q'), assistant(null, { tool_calls: [call(id)] }), result(id, 'x')], {
      tools,
    });
    const sent = messages?.[1]?.content?.[0]?.toolUse?.toolUseId;
    expect(sent).toMatch(pattern);
    expect(messages?.[2]?.content?.[0]?.toolResult?.toolUseId).toBe(sent);
  });

  it('tells earlier calls as text to Gemma, which refuses their results, and offers tools still', () => {
    const { messages, toolConfig } = input(
      GEMMA,
      [user('q'), assistant(null, { tool_calls: [call('a', '{"x":1}')] }), result('a', 'y')],
      { tools },
    );
    expect(toolConfig?.tools).toHaveLength(1);
    expect(messages?.slice(1)).toEqual([
      assistant([{ text: '[Called the tool f with {"x":1}]' }]),
      user([{ text: '[Result of the tool: y]' }]),
    ]);
  });

  it('tells earlier calls as text to models without tools', () => {
    const { messages, toolConfig } = input(TITAN, [
      user('q'),
      assistant(null, { tool_calls: [call('a', '{"x":1}')] }),
      result('a', 'y'),
    ]);
    expect(toolConfig).toBeUndefined();
    expect(messages?.slice(1)).toEqual([
      assistant([{ text: '[Called the tool f with {"x":1}]' }]),
      user([{ text: '[Result of the tool: y]' }]),
    ]);
  });

  it.each<[string, unknown[], string]>([
    ['nothing but a system prompt', [{ role: 'system', content: 'x' }], 'messages'],
    ['nothing but a blank answer', [assistant(' ')], 'messages'],
    ['a result without a call', [user('q'), result('zz', 'x')], 'messages[1].tool_call_id'],
    [
      'a result of a turn before the last',
      [
        user('q'),
        assistant(null, { tool_calls: [call('a')] }),
        result('a', 'x'),
        assistant(null, { tool_calls: [call('b')] }),
        result('b', 'x'),
        result('a', 'x'),
      ],
      'messages[5].tool_call_id',
    ],
    [
      'a result of another call',
      [user('q'), assistant(null, { tool_calls: [call('a')] }), result('b', 'x')],
      'messages[2].tool_call_id',
    ],
    [
      'a call without a result',
      [user('q'), assistant(null, { tool_calls: [call('a'), call('b')] }), result('a', 'x')],
      'messages[1].tool_calls[1].id',
    ],
    [
      'a call without a result before the next answer',
      [user('q'), assistant(null, { tool_calls: [call('a')] }), assistant('x')],
      'messages[1].tool_calls[0].id',
    ],
    [
      'arguments that are not JSON',
      [user('q'), assistant(null, { tool_calls: [call('a', '{"x"')] }), result('a', 'x')],
      'messages[1].tool_calls[0].function.arguments',
    ],
    ['an earlier audio answer', [user('q'), assistant(null, { audio: { id: 'x' } }), user('r')], 'messages[1].audio'],
  ])('refuses %s', (_name, messages, param) => {
    expect(() => input(CLAUDE, messages, { tools })).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('does not go down with the depth of arguments', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(() =>
      input(CLAUDE, [user('q'), assistant(null, { tool_calls: [call('a', `{"x":${deep}}`)] }), result('a', 'x')], {
        tools,
      }),
    ).toThrow(expect.objectContaining({ status: 400, param: 'messages[1].tool_calls[0].function.arguments' }));
  });

  describe('that an assistant message ends', () => {
    const open = [user('q'), assistant('Good as \n')];
    const followed = { role: 'user', content: [{ text: 'Please continue your response from where you left off.' }] };

    it.each([CLAUDE_3, CLAUDE, NOVA, QWEN])('is gone on with by %s, without trailing blanks', (model) => {
      expect(input(model, open).messages).toEqual([user([{ text: 'q' }]), assistant([{ text: 'Good as' }])]);
    });

    it.each<[string, string, object]>([
      ['a model without prefill', SONNET_46, {}],
      ['Llama', LLAMA, {}],
      ['older Mistral', MISTRAL, {}],
      ['Mistral of the third generation', MISTRAL_3, {}],
      ['a Llama that nobody knows', 'meta.llama9-new-v1:0', {}],
      ['Claude with tools', CLAUDE_3, { tools }],
      ['Claude while it thinks', CLAUDE, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ])('is followed by a question for %s', (_name, model, fields) => {
      expect(input(model, open, fields).messages?.at(-1)).toEqual(followed);
    });
  });

  describe('with reasoning of earlier answers', () => {
    const details = [
      { type: 'reasoning.text', text: 'hm', signature: 'c2ln' },
      { type: 'reasoning.encrypted', data: 'AAEC' },
    ];
    const blocks = [
      'thinking_blocks',
      [
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'AAEC' },
      ],
    ] as const;
    const text = { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } };
    const redacted = { reasoningContent: { redactedContent: Buffer.from([0, 1, 2]) } };
    const plain = { reasoningContent: { reasoningText: { text: 'hm' } } };

    it.each<[string, string, object, unknown[]]>([
      ['signed blocks go back to Claude', CLAUDE, { reasoning_details: details }, [text, redacted]],
      ["so do blocks in Anthropic's words", CLAUDE, { [blocks[0]]: blocks[1] }, [text, redacted]],
      ['plain reasoning cannot go back to Claude', CLAUDE, { reasoning_content: 'hm' }, []],
      ['Claude 3 takes none', CLAUDE_3, { reasoning_details: details }, []],
      ['encrypted blocks go back to GPT', GPT, { reasoning_details: details }, [redacted]],
      ['plain reasoning goes back to Kimi', 'moonshot.kimi-k2-thinking', { reasoning_content: 'hm' }, [plain]],
      ['without a signature', 'deepseek.v3.2', { reasoning_details: details }, [plain]],
      ['gpt-oss would repeat it', 'openai.gpt-oss-120b-1:0', { reasoning_content: 'hm' }, []],
      ['encrypted blocks go back to Grok', 'us.xai.grok-4.6', { reasoning_details: details }, [redacted]],
    ])('%s', (_name, model, extra, expected) => {
      const { messages } = input(model, [user('q'), assistant('a', extra), user('r')]);
      expect(messages?.[1]?.content).toEqual([...expected, { text: 'a' }]);
    });

    it.each<[string, unknown[]]>([
      ["Anthropic's words", blocks[1] as unknown as unknown[]],
      [
        "other gateways' words",
        [
          { type: 'thinking', text: 'hm', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'AAEC' },
        ],
      ],
    ])('takes thoughts in %s among the parts of the answer, before its calls', (_name, parts) => {
      const { messages } = input(
        CLAUDE,
        [user('q'), assistant([...parts, { type: 'text', text: 'a' }], { tool_calls: [call('c')] }), result('c', 'x')],
        { tools },
      );
      expect(messages?.[1]?.content).toEqual([
        text,
        redacted,
        { text: 'a' },
        { toolUse: { toolUseId: 'c', name: 'f', input: {} } },
      ]);
    });
  });

  it.each([CLAUDE, NOVA])('puts the image of a failed tool beside its result, which %s takes as text only', (model) => {
    const failed = result('a', [{ type: 'text', text: 'no' }, png], { is_error: true });
    const { messages } = input(model, [user('q'), assistant(null, { tool_calls: [call('a')] }), failed], { tools });
    expect(messages?.[2]?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'no' }], status: 'error' } },
      image,
    ]);
  });

  it('ends a cached prefix after the image of a failed tool, not before it', () => {
    const cached = { ...png, cache_control: { type: 'ephemeral' } };
    const failed = result('a', [{ type: 'text', text: 'no' }, cached], { is_error: true });
    const { messages } = input(CLAUDE, [user('q'), assistant(null, { tool_calls: [call('a')] }), failed], { tools });
    expect(messages?.[2]?.content?.slice(1)).toEqual([image, { cachePoint: { type: 'default' } }]);
  });
});
