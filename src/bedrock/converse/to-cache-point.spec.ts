import { BARE_CONTEXT, prepareRequest } from '../../../test/support/prepare-request.js';
import { toCachePoints } from './to-cache-point.js';

const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CLAUDE_37 = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
const NOVA = 'us.amazon.nova-pro-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const CLAUDE_3 = 'anthropic.claude-3-sonnet-20240229-v1:0';

const AIP = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';

const point = { cachePoint: { type: 'default' } };
const hour = { cachePoint: { type: 'default', ttl: '1h' } };
const ephemeral = { type: 'ephemeral' };
const part = (text: string, control: object | null = ephemeral) => ({ type: 'text', text, cache_control: control });
const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: Buffer.from('%PDF-1.4').toString('base64') } };
const whole = [
  { role: 'system', content: 's' },
  { role: 'user', content: 'u1' },
  { role: 'assistant', content: 'a' },
  { role: 'user', content: 'u2' },
];

function prepare(model: string, fields: object, context = BARE_CONTEXT) {
  return prepareRequest(model, { messages: whole, ...fields }, context);
}

describe(toCachePoints.name, () => {
  it('stands after the part, message or tool that asks for it', () => {
    const { input } = prepare(SONNET_45, {
      messages: [
        { role: 'system', content: [part('s1'), part('s2', null)] },
        { role: 'user', content: 'u', cache_control: ephemeral },
        { role: 'assistant', content: 'a', cache_control: { type: 'ephemeral', ttl: '5m' } },
        { role: 'user', content: 'v' },
      ],
      tools: [{ type: 'function', function: { name: 'f' }, cache_control: ephemeral }],
    });
    expect(input.toolConfig?.tools?.[1]).toEqual(point);
    expect(input.system).toEqual([{ text: 's1' }, point, { text: 's2' }]);
    expect(input.messages?.[0]?.content).toEqual([{ text: 'u' }, point]);
    expect(input.messages?.[1]?.content).toEqual([{ text: 'a' }, { cachePoint: { type: 'default', ttl: '5m' } }]);
  });

  it('stays for as long as is asked for the whole request', () => {
    const { input } = prepare(SONNET_45, { prompt_caching: { system: true, messages: true, ttl: '1h' } });
    expect(input.system).toEqual([{ text: 's' }, hour]);
    expect(input.messages?.at(-1)?.content).toEqual([{ text: 'u2' }, hour]);
  });

  it('does not stand among the tools of Nova, which caches the rest', () => {
    const tools = [{ type: 'function', function: { name: 'f' }, cache_control: ephemeral }];
    const marked = prepare(NOVA, { tools });
    expect(marked.input.toolConfig?.tools).toHaveLength(1);
    expect(marked.adapted).toEqual(['cache_control']);
    const { input } = prepare(NOVA, {
      tools: [{ ...tools[0], cache_control: null }],
      prompt_caching: { tools: true, system: true },
    });
    expect(input.toolConfig?.tools).toHaveLength(1);
    expect(input.system?.at(-1)).toEqual(point);
  });

  it('stands after a tool result, which cannot hold it', () => {
    const { input } = prepare(SONNET_45, {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }] },
        { role: 'tool', tool_call_id: 'a', content: [part('x', { type: 'ephemeral', ttl: '1h' })] },
        { role: 'user', content: 'more' },
      ],
    });
    expect(input.messages?.[2]?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'x' }] } },
      hour,
      { text: 'more' },
    ]);
  });

  it("takes OpenAI's own breakpoint", () => {
    const content = [{ type: 'text', text: 'u', prompt_cache_breakpoint: { mode: 'explicit' } }];
    expect(prepare(SONNET_45, { messages: [{ role: 'user', content }] }).input.messages?.[0]?.content).toEqual([
      { text: 'u' },
      point,
    ]);
  });

  it.each([
    [SONNET_45, '\n'],
    ['us.amazon.nova-pro-v1:0', '(end of the file)'],
  ])('has text before it where a file ends, on %s', (model, text) => {
    const content = [{ ...pdf, cache_control: ephemeral }, part('x', null)];
    const blocks = prepare(model, { messages: [{ role: 'user', content }] }).input.messages?.[0]?.content ?? [];
    expect(blocks.map((block) => Object.keys(block)[0])).toEqual(['document', 'text', 'cachePoint', 'text']);
    expect(blocks[1]).toEqual({ text });
  });

  it('takes its text along where the model allows no more points', () => {
    const file = { ...pdf, cache_control: ephemeral };
    const messages = ['a', 'b', 'c', 'd', 'e'].map((text) => ({
      role: 'user',
      content: [file, part(text, ephemeral)],
    }));
    const blocks = prepare(SONNET_45, { messages }).input.messages?.[0]?.content ?? [];
    expect(blocks.filter((block) => block.cachePoint)).toHaveLength(4);
    expect(blocks.filter(({ text }, index) => text === '\n' && !blocks[index + 1]?.cachePoint)).toEqual([]);
  });

  it('takes the place of a blank text after a file, as recorded clients send it', () => {
    const content = [{ ...pdf, cache_control: null }, part('\n', ephemeral), part('x', null)];
    const blocks = prepare(SONNET_45, { messages: [{ role: 'user', content }] }).input.messages?.[0]?.content;
    expect(blocks?.slice(1)).toEqual([{ text: '\n' }, { cachePoint: { type: 'default' } }, { text: 'x' }]);
  });

  it('does not stand before content, or twice', () => {
    const content = [part(' '), part('x'), part('')];
    expect(prepare(SONNET_45, { messages: [{ role: 'user', content }] }).input.messages?.[0]?.content).toEqual([
      { text: 'x' },
      point,
    ]);
  });

  it.each<[string, unknown, boolean]>([
    [SONNET_45, hour, false],
    [CLAUDE_37, point, true],
    [NOVA, point, true],
    [LLAMA, undefined, true],
    [CLAUDE_3, undefined, true],
    ['us.anthropic.claude-opus-99', hour, false],
    ['us.amazon.nova-99-v1:0', point, true],
    ['us.openai.gpt-99', undefined, true],
    [AIP, point, true],
  ])('is what %s takes of one hour', (model, expected, isAdapted) => {
    const { input, adapted } = prepare(model, {
      messages: [{ role: 'user', content: [part('x', { type: 'ephemeral', ttl: '1h' })] }],
    });
    expect(input.messages?.[0]?.content?.[1]).toEqual(expected);
    expect(adapted.length > 0).toBe(isAdapted);
  });

  it('never stands more often than the model takes, and stays at the end of the conversation', () => {
    const messages = [
      { role: 'system', content: [part('s')] },
      { role: 'user', content: ['1', '2', '3', '4', '5'].map((text) => part(text)) },
    ];
    const { input, adapted } = prepare(SONNET_45, { messages });
    const kinds = input.messages?.[0]?.content?.map((block) => block.text ?? '|').join('');
    expect(kinds).toBe('123|4|5|');
    expect(input.system).toEqual([{ text: 's' }, point]);
    expect(adapted).toEqual(['cache_control']);
  });

  it('lives no longer than the point before it', () => {
    const messages = [
      { role: 'system', content: [part('s')] },
      { role: 'user', content: [part('u', { type: 'ephemeral', ttl: '1h' })] },
    ];
    expect(prepare(SONNET_45, { messages }).input.messages?.[0]?.content?.[1]).toEqual(point);
  });

  it.each<[string, object, object, string]>([
    ['at the end of both', { prompt_caching: { system: true, messages: true } }, {}, 's| u1 a u2|'],
    ['inside extra_body', { extra_body: { prompt_caching: { messages: true } } }, {}, 's u1 a u2|'],
    ['by the setting', {}, { promptCaching: true }, 's| u1 a u2|'],
    [
      'not by the setting when the request says no',
      { prompt_caching: { system: false, messages: false } },
      { promptCaching: true },
      's u1 a u2',
    ],
    ['nowhere', {}, {}, 's u1 a u2'],
  ])('stands %s', (_name, fields, context, expected) => {
    const { input } = prepare(SONNET_45, fields, { ...BARE_CONTEXT, ...context });
    const lists = [input.system ?? [], ...(input.messages ?? []).map((message) => message.content ?? [])];
    expect(lists.map((list) => list.map((block) => block.text ?? '|').join('')).join(' ')).toBe(expected);
  });

  it.each([LLAMA, AIP])('is not put by the setting where nobody knows of a cache: %s', (model) => {
    const { input, adapted } = prepare(model, {}, { ...BARE_CONTEXT, promptCaching: true });
    expect(JSON.stringify(input)).not.toContain('cachePoint');
    expect(adapted).toEqual([]);
  });
});
