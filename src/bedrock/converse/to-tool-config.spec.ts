import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toToolPlan } from './to-tool-config.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const CLAUDE_3 = 'anthropic.claude-3-haiku-20240307-v1:0';
const OPUS_55 = 'us.anthropic.claude-opus-5-5';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const GLM = 'zai.glm-4.7-flash';
const DEEPSEEK_31 = 'deepseek.v3-v1:0';
const QWEN = 'qwen.qwen3-32b-v1:0';
const PIXTRAL = 'us.mistral.pixtral-large-2502-v1:0';
const TITAN = 'amazon.titan-text-express-v1';
const LARGE = 'mistral.mistral-large-2407-v1:0';

const fn = (name: string, extra: object = {}) => ({ type: 'function', function: { name, ...extra } });
const spec = (name: string) => ({ toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } } });
const named = (name: string) => ({ type: 'function', function: { name } });
const history = [
  { role: 'user', content: 'q' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'old', arguments: '' } }],
  },
  { role: 'tool', tool_call_id: 'a', content: 'x' },
];

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'q' }], ...fields });
}

function config(model: string, fields: object) {
  return prepare(model, fields).input.toolConfig;
}

describe(toToolPlan.name, () => {
  it.each<[string, object, object]>([
    ['a bare function', { name: 'f' }, { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } }],
    [
      'blank descriptions',
      { name: 'f', description: ' ' },
      { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } },
    ],
    [
      'description and schema',
      { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: { enum: [] } }, $schema: 's' } },
      {
        name: 'f',
        description: 'd',
        inputSchema: { json: { type: 'object', properties: { a: { enum: [] } }, $schema: 's' } },
      },
    ],
    [
      'strict functions',
      { name: 'f', strict: true, parameters: { type: 'object', properties: {}, additionalProperties: false } },
      {
        name: 'f',
        strict: true,
        inputSchema: { json: { type: 'object', properties: {}, additionalProperties: false } },
      },
    ],
    [
      'functions that are not strict',
      { name: 'f', strict: false },
      { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } },
    ],
  ])('maps %s', (_name, definition, expected) => {
    expect(config(CLAUDE, { tools: [{ type: 'function', function: definition }] })?.tools).toEqual([
      { toolSpec: expected },
    ]);
  });

  it.each([
    ['a model that does not know strict', CLAUDE_3, {}],
    [
      'a schema that no grammar holds',
      CLAUDE,
      { parameters: { type: 'object', properties: { a: { multipleOf: 5 } } } },
    ],
  ])('leaves strict out for %s', (_name, model, extra) => {
    const { input, adapted } = prepare(model, { tools: [fn('f', { strict: true, ...extra })] });
    expect(input.toolConfig?.tools?.[0]?.toolSpec).not.toHaveProperty('strict');
    expect(adapted).toContain('tools[0].function.strict');
  });

  it('renames what Bedrock does not take, and tells the way back', () => {
    const { input, answer } = prepare(CLAUDE, { tools: [fn('server.tool/x')], tool_choice: named('server.tool/x') });
    const name = input.toolConfig?.tools?.[0]?.toolSpec?.name ?? '';
    expect(name).toMatch(/^server_tool_x_[0-9a-f]{8}$/);
    expect(input.toolConfig?.toolChoice).toEqual({ tool: { name } });
    expect(answer.toolNames).toEqual(new Map([[name, 'server.tool/x']]));
  });

  it('sends the same function once', () => {
    expect(config(CLAUDE, { tools: [fn('f'), fn('f')] })?.tools).toHaveLength(1);
  });

  it.each<[string, string, unknown, unknown]>([
    ['unset', CLAUDE, undefined, undefined],
    ['auto', CLAUDE, 'auto', { auto: {} }],
    ['required', CLAUDE, 'required', { any: {} }],
    ['named', CLAUDE, named('f'), { tool: { name: 'f' } }],
    ['auto where nobody knows', GLM, 'auto', { auto: {} }],
    ['required where nobody knows', GLM, 'required', { any: {} }],
    ['auto where only any is taken', DEEPSEEK_31, 'auto', undefined],
    ['named where only any is taken', DEEPSEEK_31, named('f'), { any: {} }],
    ['named where the name has no effect', QWEN, named('f'), { any: {} }],
    ['named where Bedrock refuses the name', PIXTRAL, named('f'), { any: {} }],
    ['required on Mistral Large', LARGE, 'required', { any: {} }],
    ['auto on Llama', LLAMA, 'auto', { auto: {} }],
  ])('maps the choice %s', (_name, model, choice, expected) => {
    const { toolChoice, tools } = config(model, { tools: [fn('f'), fn('g')], tool_choice: choice }) ?? {};
    expect(toolChoice).toEqual(expected);
    expect(tools).toHaveLength([DEEPSEEK_31, QWEN, PIXTRAL].includes(model) && choice !== 'auto' ? 1 : 2);
  });

  it('sends only the allowed tools', () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] };
    expect(
      config(CLAUDE, { tools: [fn('f'), fn('g')], tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }),
    ).toEqual({
      tools: [spec('g')],
      toolChoice: { any: {} },
    });
  });

  it('refuses an allowed tool without a name', () => {
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function' }] } };
    expect(() => config(CLAUDE, { tools: [fn('f')], tool_choice: choice })).toThrow(
      expect.objectContaining({ status: 400, param: 'tool_choice.allowed_tools.tools' }),
    );
  });

  it('keeps the model from calling tools at the choice none', () => {
    expect(config(CLAUDE, { tools: [fn('f')], tool_choice: 'none' })).toBeUndefined();
    const { input, answer } = prepare(CLAUDE, { messages: history, tools: [fn('f')], tool_choice: 'none' });
    expect(input.toolConfig).toEqual({ tools: [spec('f'), spec('old')] });
    expect(answer.placeholderTools).toEqual(new Set(['f', 'old']));
  });

  it.each([undefined, null, []])('stands in for tools that the history used and the request lacks (%j)', (tools) => {
    const { input, answer } = prepare(CLAUDE, { messages: history, tools });
    expect(input.toolConfig).toEqual({ tools: [spec('old')] });
    expect(answer.placeholderTools).toEqual(new Set(['old']));
  });

  it('replays where a model refuses tools while it streams', () => {
    expect(prepare(LLAMA, { tools: [fn('f')], stream: true }).replay).toBe(true);
    expect(prepare(LLAMA, { tools: [fn('f')] }).replay).toBe(false);
    expect(prepare(LLAMA, { stream: true }).replay).toBe(false);
    expect(prepare(CLAUDE, { tools: [fn('f')], stream: true }).replay).toBe(false);
  });

  it('does not force a tool while a model thinks that cannot be forced then', () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const { input, adapted } = prepare(CLAUDE, { tools: [fn('f')], tool_choice: 'required', thinking });
    expect(input.toolConfig?.toolChoice).toEqual({ auto: {} });
    expect(input.system).toEqual([{ text: 'Answer by calling the tool f.' }]);
    expect(adapted).toContain('tool_choice');
    const adaptive = prepare('us.anthropic.claude-opus-4-8', {
      tools: [fn('f')],
      tool_choice: 'required',
      reasoning_effort: 'low',
    });
    expect(adaptive.input.toolConfig?.toolChoice).toEqual({ any: {} });
  });

  it.each<[string, unknown, object | undefined]>([
    [CLAUDE, undefined, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
    // Bedrock refuses a type here beside Converse's own choice.
    [CLAUDE, 'auto', { tool_choice: { disable_parallel_tool_use: true } }],
    [CLAUDE, 'required', { tool_choice: { disable_parallel_tool_use: true } }],
    [CLAUDE, named('f'), { tool_choice: { disable_parallel_tool_use: true } }],
    [CLAUDE, 'none', undefined],
    [CLAUDE_3, 'auto', undefined],
    [GLM, 'auto', undefined],
  ])('on %s asks for one call at a time with the choice %j', (model, choice, expected) => {
    const fields = { tools: [fn('f')], tool_choice: choice, parallel_tool_calls: false };
    expect(prepare(model, fields).input.additionalModelRequestFields).toEqual(expected);
  });

  it.each([OPUS_55, LLAMA])('asks %s for a call, which cannot be made to give one', (model) => {
    const tools = [fn('f'), fn('g')];
    const required = prepare(model, { tools, tool_choice: 'required' });
    expect(required.input).toMatchObject({
      system: [{ text: 'Answer by calling one or more of the tools.' }],
      toolConfig: { tools: [spec('f'), spec('g')], toolChoice: { auto: {} } },
    });
    expect(required.adapted).toEqual(['tool_choice']);
    expect(prepare(model, { tools, tool_choice: named('g') }).input).toMatchObject({
      system: [{ text: 'Answer by calling the tool g.' }],
      toolConfig: { tools: [spec('g')], toolChoice: { auto: {} } },
    });
  });

  it('says a native choice of the client only where Converse has none', () => {
    const native = { additionalModelRequestFields: { tool_choice: { type: 'any', name: 'f' }, x: 1 } };
    const tools = [fn('f')];
    expect(prepare(CLAUDE, { tools, tool_choice: 'auto', ...native }).input.additionalModelRequestFields).toEqual({
      x: 1,
    });
    expect(prepare(CLAUDE, { tools, ...native }).input.additionalModelRequestFields).toEqual(
      native.additionalModelRequestFields,
    );
  });

  it.each<[string, string, object, string]>([
    ['a tool that is no function', CLAUDE, { tools: [fn('f'), { type: 'web_search' }] }, 'tools[1].type'],
    [
      'two functions of one name',
      CLAUDE,
      { tools: [fn('f'), fn('f', { description: 'd' })] },
      'tools[1].function.name',
    ],
    ['a named tool that is not there', CLAUDE, { tools: [fn('f')], tool_choice: named('x') }, 'tool_choice'],
    ['a call without tools', CLAUDE, { tool_choice: 'required' }, 'tool_choice'],
    ['a named call without tools', CLAUDE, { tool_choice: named('x') }, 'tool_choice'],
    [
      'a custom tool',
      CLAUDE,
      { tools: [fn('f')], tool_choice: { type: 'custom', custom: { name: 'f' } } },
      'tool_choice.type',
    ],
    ['tools on a model without', TITAN, { tools: [fn('f')] }, 'tools'],
  ])('refuses %s', (_name, model, fields, param) => {
    expect(() => prepare(model, fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
