import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toToolsRequest } from './to-tools-request.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'us.amazon.nova-pro-v1:0';
const TITAN = 'amazon.titan-text-express-v1';

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const functions = [{ name: 'weather', description: 'd', parameters }];

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'q' }], ...fields });
}

describe(toToolsRequest.name, () => {
  it('sends functions as tools, one call at a time', () => {
    const { input, answer, adapted } = prepare(NOVA, { functions, function_call: 'auto' });
    expect(input.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'weather', description: 'd', inputSchema: { json: parameters } } }],
      toolChoice: { auto: {} },
    });
    expect(answer).toEqual({ legacyCall: true, firstCallOnly: true });
    expect(adapted).toEqual([]);
    expect(prepare(CLAUDE, { functions }).input.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
  });

  it('sends the choice of a function', () => {
    const { input } = prepare(NOVA, { functions, function_call: { name: 'weather' } });
    expect(input.toolConfig?.toolChoice).toEqual({ tool: { name: 'weather' } });
    expect(prepare(NOVA, { functions, function_call: 'none' }).input.toolConfig).toBeUndefined();
  });

  it("sends functions in Anthropic's words", () => {
    const tools = [
      { name: 'weather', description: 'd', input_schema: parameters, cache_control: { type: 'ephemeral' } },
      { type: 'custom', name: 'time', input_schema: { type: 'object' } },
    ];
    expect(prepare(CLAUDE, { tools, tool_choice: 'any' }).input.toolConfig).toEqual({
      tools: [
        { toolSpec: { name: 'weather', description: 'd', inputSchema: { json: parameters } } },
        { cachePoint: { type: 'default' } },
        { toolSpec: { name: 'time', inputSchema: { json: { type: 'object', properties: {} } } } },
      ],
      toolChoice: { any: {} },
    });
  });

  it("sends functions in the Responses API's words", () => {
    const tools = [
      { type: 'function', name: 'weather', description: 'd', parameters, cache_control: { type: 'ephemeral' } },
      { type: 'function', name: 'time', function: undefined },
    ];
    expect(prepare(CLAUDE, { tools, tool_choice: { type: 'function', name: 'time' } }).input.toolConfig).toEqual({
      tools: [
        { toolSpec: { name: 'weather', description: 'd', inputSchema: { json: parameters } } },
        { cachePoint: { type: 'default' } },
        { toolSpec: { name: 'time', inputSchema: { json: { type: 'object', properties: {} } } } },
      ],
      toolChoice: { tool: { name: 'time' } },
    });
  });

  it('is nothing without functions', () => {
    const plain = prepare(NOVA, {});
    expect(prepare(NOVA, { functions: [], function_call: 'auto' })).toEqual(plain);
    expect(prepare(NOVA, { functions: null, function_call: null })).toEqual(plain);
  });

  it.each<[string, string, object, string]>([
    ['a call without functions', NOVA, { function_call: { name: 'f' } }, 'function_call'],
    ['a call of an unknown function', NOVA, { functions, function_call: { name: 'f' } }, 'function_call'],
    ['both words', NOVA, { functions, tools: [{ type: 'function', function: { name: 'f' } }] }, 'functions'],
    ['functions for a model without tools', TITAN, { functions }, 'functions'],
    ['two of a name', NOVA, { functions: [...functions, { name: 'weather' }] }, 'functions[1].name'],
  ])('refuses %s', (_name, model, fields, param) => {
    expect(() => prepare(model, fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
