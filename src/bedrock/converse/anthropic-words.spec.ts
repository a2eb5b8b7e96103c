import { observeRequest, prepareRequest } from '../../../test/support/prepare-request.js';
import { toConverseInput } from './to-converse-input.js';

const CLAUDE = 'us.anthropic.claude-sonnet-4-6';
const NOVA = 'us.amazon.nova-pro-v1:0';
const PNG = 'iVBORw0KGgo=';
const PDF = 'JVBERi0xLjQK';

const user = (...content: object[]) => ({ role: 'user', content });
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const text = (words: string) => ({ type: 'text', text: words });
const call = (id: string, fields: object = {}) => ({
  type: 'tool_use',
  id,
  name: 'read',
  input: { path: 'a' },
  ...fields,
});
const result = (id: string, fields: object = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'found',
  ...fields,
});
const source = (mediaType: string, data: string) => ({ type: 'base64', media_type: mediaType, data });

const tools = [{ name: 'read', description: 'Reads.', input_schema: { type: 'object', properties: {} } }];

const toolUse = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'read', input: { path: 'a' } } });
const toolResult = (toolUseId: string, fields: object = {}) => ({
  toolResult: { toolUseId, content: [{ text: 'found' }], ...fields },
});

/** Cursor and others send these to Claude models on an OpenAI endpoint (BerriAI/litellm pull request 25193). */
describe(`${toConverseInput.name}, of messages in Anthropic's words`, () => {
  it('answers calls among parts by results among parts, which come first', () => {
    const { input } = prepareRequest(CLAUDE, {
      system: [text('Be terse.')],
      messages: [
        { role: 'system', content: 'And kind.' },
        user(text('q')),
        assistant(text('Looking.'), call('a'), call('b')),
        user(text('Go on.'), result('b'), result('a', { is_error: true })),
      ],
      tools,
      tool_choice: { type: 'any' },
    });
    expect(input.system).toEqual([{ text: 'Be terse.' }, { text: 'And kind.' }]);
    expect(input.toolConfig).toMatchObject({ tools: [{ toolSpec: { name: 'read' } }], toolChoice: { any: {} } });
    expect(input.messages).toEqual([
      { role: 'user', content: [{ text: 'q' }] },
      { role: 'assistant', content: [{ text: 'Looking.' }, toolUse('a'), toolUse('b')] },
      { role: 'user', content: [toolResult('b'), toolResult('a', { status: 'error' }), { text: 'Go on.' }] },
    ]);
  });

  it('takes a call that is there in both words once', () => {
    const calling = {
      ...assistant(text('Looking.'), call('a')),
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } }],
    };
    const messages = [user(text('q')), calling, { role: 'tool', tool_call_id: 'a', content: 'found' }];
    const { input } = prepareRequest(CLAUDE, { messages, tools });
    expect(input.messages?.[1]?.content).toEqual([{ text: 'Looking.' }, toolUse('a')]);
  });

  it('ends cached prefixes after calls and results', () => {
    const cache_control = { type: 'ephemeral' };
    const messages = [user(text('q')), assistant(call('a', { cache_control })), user(result('a', { cache_control }))];
    const cachePoint = { cachePoint: { type: 'default' } };
    expect(prepareRequest(CLAUDE, { messages, tools }).input.messages?.slice(1)).toEqual([
      { role: 'assistant', content: [toolUse('a'), cachePoint] },
      { role: 'user', content: [toolResult('a'), cachePoint] },
    ]);
  });

  it.each<[string, object, object]>([
    ['an image', { type: 'image', source: source('image/png', PNG) }, { image: { format: 'png', source: PNG } }],
    [
      'a document with all that is said about it',
      {
        type: 'document',
        source: source('application/pdf', PDF),
        title: 'Report.pdf',
        context: ' Q4 ',
        citations: { enabled: true },
      },
      { document: { format: 'pdf', name: 'Report', source: PDF, context: 'Q4', citations: { enabled: true } } },
    ],
    [
      'a document by its media type alone',
      { type: 'document', source: source('text/csv', 'YSxi'), citations: { enabled: false } },
      { document: { format: 'csv', name: 'document', source: 'YSxi' } },
    ],
    [
      'a document of text',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
      { document: { format: 'txt', name: 'document', source: 'YWJj' } },
    ],
  ])('maps %s, in a message as in a result', async (_name, part, block) => {
    const body = {
      messages: [user(text('q'), part), assistant(call('a')), user(result('a', { content: [part] }))],
      tools,
    };
    const { body: sent } = await observeRequest(CLAUDE, body);
    const { messages } = sent as { messages: { content: [object, object] }[] };
    const [kind, fields] = Object.entries(block)[0] as [string, { source: string; name?: string }];
    const expected = { [kind]: { ...fields, source: { bytes: fields.source } } };
    expect(messages[0]?.content[1]).toEqual(expected);
    const inResult = fields.name === undefined ? {} : { name: `${fields.name} (2)` };
    expect(messages[2]?.content[0]).toMatchObject({
      toolResult: { content: [{ [kind]: { ...fields, ...inResult, source: { bytes: fields.source } } }] },
    });
  });

  it.each<[string, unknown[], string]>([
    ['a result of no call', [user(result('x'))], 'messages[0].content[0].tool_use_id'],
    ['a call without a result', [user(text('q')), assistant(text('a'), call('a'))], 'messages[1].content[1].id'],
    [
      'an image that is none',
      [user(text('q'), { type: 'image', source: source('image/png', '!') })],
      'messages[0].content[1].source.data',
    ],
    [
      'a document that nobody fetched',
      [user({ type: 'document', source: { type: 'url', url: 'https://a/b.pdf' } })],
      'messages[0].content[0].source.url',
    ],
  ])('refuses %s', (_name, messages, param) => {
    expect(() => prepareRequest(NOVA, { messages, tools })).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
