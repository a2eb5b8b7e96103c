import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toSpendBound } from './to-spend-bound.js';
import { countSearches, systemToolOf } from './system-tools.js';
import { toServerToolBlocks } from './to-server-tool-blocks.js';

const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

const question = { role: 'user', content: 'q' };
const search = { systemTool: { name: 'nova_grounding' } };
const code = { systemTool: { name: 'nova_code_interpreter' } };
const fn = { type: 'function', function: { name: 'f' } };

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [question], ...fields });
}

function config(fields: object) {
  return prepare(NOVA_2, fields).input.toolConfig;
}

function bound(fields: object) {
  return toSpendBound(prepare(NOVA_2, fields).input, { contextWindowTokens: 1_000, maxOutputTokens: 10 } as never);
}

function use(name: string, type?: 'server_tool_use') {
  return { toolUse: { toolUseId: 'a', name, input: {}, type } };
}

describe(systemToolOf.name, () => {
  it.each([
    ["OpenAI's type", { type: 'web_search' }, search],
    ["OpenAI's earlier type", { type: 'web_search_preview' }, search],
    ["Anthropic's type", { type: 'web_search_20250305', name: 'web_search' }, search],
    ["Converse's own words", { systemTool: { name: 'nova_grounding' } }, search],
    ["Converse's own words with a type", { type: 'system_tool', systemTool: { name: 'nova_grounding' } }, search],
    ['the type of a system tool', { type: 'system_tool', system_tool: { name: 'nova_code_interpreter' } }, code],
    ["OpenAI's interpreter", { type: 'code_interpreter', container: { type: 'auto' } }, code],
    ["Anthropic's interpreter", { type: 'code_execution_20250825', name: 'code_execution' }, code],
  ])('knows %s', (_name, tool, expected) => {
    expect(config({ tools: [tool] })).toEqual({ tools: [expected] });
  });

  it('puts them behind the functions, each once', () => {
    const tools = [{ type: 'web_search' }, fn, { type: 'web_search_preview' }, { type: 'code_interpreter' }];
    const sent = config({ tools, tool_choice: 'required' });
    expect(sent?.tools?.map((tool) => tool.toolSpec?.name ?? tool.systemTool?.name)).toEqual([
      'f',
      'nova_grounding',
      'nova_code_interpreter',
    ]);
    expect(sent?.toolChoice).toEqual({ any: {} });
  });

  it('serves web_search_options, and tells of a place that Nova does not ask for', () => {
    expect(config({ web_search_options: {} })).toEqual({ tools: [search] });
    const { adapted } = prepare(NOVA_2, { web_search_options: { user_location: { type: 'approximate' } } });
    expect(adapted).toEqual(['web_search_options.user_location']);
  });

  it('leaves them out where no tool may be called', () => {
    expect(config({ tools: [{ type: 'web_search' }], tool_choice: 'none' })).toBeUndefined();
  });

  it('does not force a tool for the response format beside them', () => {
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json_schema', json_schema: { name: 'n', schema } };
    expect(config({ web_search_options: {}, response_format: format })?.toolChoice).toBeUndefined();
  });

  it.each([
    [{ web_search_options: {} }, 'web_search_options'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [fn, { systemTool: { name: 'nova_grounding' } }] }, 'tools[1].type'],
  ])('refuses %j for a model without them', (fields, param) => {
    expect(() => prepare(CLAUDE, fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('refuses a system tool that nobody has allowed', () => {
    const fields = { tools: [{ systemTool: { name: 'nova_shell' } }] };
    expect(() => prepare(NOVA_2, fields)).toThrow(expect.objectContaining({ status: 400, param: 'tools[0].type' }));
  });

  it('has no bound, so that no key with a budget may use them', () => {
    expect(bound({ web_search_options: {} }).promptTokensMax).toBeNull();
    expect(bound({ tools: [fn] }).promptTokensMax).toBe(1_000);
  });
});

describe(toServerToolBlocks.name, () => {
  const did = {
    id: 'tooluse_1',
    name: 'nova_code_interpreter',
    input: { snippet: '1+1' },
    result: { type: 'nova_code_interpreter_result', status: 'success', content: [{ json: { stdOut: '2' } }] },
  };
  const messages = [question, { role: 'assistant', content: 'two', server_tool_calls: [did] }, question];

  it('gives the model what its tools did', () => {
    const { id: toolUseId, name, input, result } = did;
    expect(prepareRequest(NOVA_2, { messages }).input.messages?.[1]?.content).toEqual([
      { toolUse: { toolUseId, name, input, type: 'server_tool_use' } },
      { toolResult: { toolUseId, ...result } },
      { text: 'two' },
    ]);
  });

  it.each([
    ['a file beside empty JSON', { json: null, image: { format: 'png', source: { s3Location: { uri: 's3://a/b' } } } }],
    ['a document beside text', { text: 'a', document: { source: { s3Location: { uri: 's3://a/b' } } } }],
  ])('refuses %s in a result, which nobody has checked', (_name, item) => {
    const calls = [{ ...did, result: { content: [item] } }];
    const asked = [question, { role: 'assistant', content: 'two', server_tool_calls: calls }, question];
    expect(() => prepareRequest(NOVA_2, { messages: asked })).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('hands on nothing but text and JSON', () => {
    const image = { format: 'png', source: { s3Location: { uri: 's3://a/b' } } };
    const content = [
      { text: 'a', image },
      { json: { b: 1 }, image },
    ] as never;
    const asked = { role: 'assistant' as const, server_tool_calls: [{ ...did, result: { content } }] };
    const [, answered] = toServerToolBlocks(asked, { systemTools: ['nova_code_interpreter'] } as never);
    expect(answered?.toolResult?.content).toEqual([{ text: 'a' }, { json: { b: 1 } }]);
  });

  it('leaves it out of the history of other models, and tells so', () => {
    const { input, adapted } = prepareRequest(CLAUDE, { messages });
    expect(input.messages?.[1]?.content).toEqual([{ text: 'two' }]);
    expect(adapted).toEqual(['messages']);
  });
});

describe(countSearches.name, () => {
  it('counts searches, and neither other tools nor calls of the client', () => {
    const content = [
      use('nova_grounding', 'server_tool_use'),
      use('nova_code_interpreter', 'server_tool_use'),
      use('nova_grounding'),
      { text: 'a' },
    ];
    expect(countSearches({ output: { message: { role: 'assistant', content } } } as never)).toBe(1);
    expect(countSearches({} as never)).toBe(0);
  });
});
