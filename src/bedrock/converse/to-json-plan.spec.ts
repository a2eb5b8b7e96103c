import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toJsonPlan } from './to-json-plan.js';

const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CLAUDE_37 = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
const OPUS_48 = 'us.anthropic.claude-opus-4-8';
const NOVA = 'us.amazon.nova-pro-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const R1 = 'us.deepseek.r1-v1:0';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const format = (extra: object = {}) => ({
  type: 'json_schema',
  json_schema: { name: 'capital', description: 'A capital', schema, ...extra },
});
const tools = [{ type: 'function', function: { name: 'f' } }];

const allowed = (mode: string) => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: [{ type: 'function', function: { name: 'f' } }] },
});

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'q' }], ...fields });
}

describe(toJsonPlan.name, () => {
  it('does nothing for text', () => {
    expect(prepare(NOVA, { response_format: { type: 'text' } }).input).not.toHaveProperty('toolConfig');
  });

  it.each([{}, { tools }, { tools, tool_choice: 'none' }])(
    'uses structured output where the model has it (%j)',
    (fields) => {
      const { input, answer } = prepare(SONNET_45, { response_format: format(), ...fields });
      const { schema: text, ...others } = input.outputConfig?.textFormat?.structure?.jsonSchema ?? {};
      expect(others).toEqual({ name: 'capital', description: 'A capital' });
      expect(JSON.parse(text ?? '')).toEqual({ ...schema, additionalProperties: false });
      expect(input.toolConfig?.toolChoice).toBeUndefined();
      expect(answer.jsonTool).toBeUndefined();
    },
  );

  it.each([{ type: 'string' }, {}, true])(
    'uses a tool for names that the model chooses (%j)',
    (additionalProperties) => {
      const map = { type: 'object', additionalProperties };
      const inside = { type: 'object', properties: { a: map } };
      const json_schema = { name: 'counts', schema: inside };
      const { input, answer } = prepare(SONNET_45, { response_format: { type: 'json_schema', json_schema } });
      expect(input.outputConfig).toBeUndefined();
      expect(input.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: inside });
      expect(answer.jsonTool).toBe('counts_json');
    },
  );

  it('leaves an object open besides its named members as the client says', () => {
    const open = { ...schema, additionalProperties: true };
    const response_format = { type: 'json_schema', json_schema: { name: 'capital', schema: open } };
    const { input } = prepare(SONNET_45, { response_format });
    expect(input.outputConfig).toBeUndefined();
    expect(input.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: open });
  });

  it.each([NOVA, OPUS_48, CLAUDE_37])('forces a tool on %s', (model) => {
    const { input, answer } = prepare(model, { response_format: format() });
    expect(answer.jsonTool).toBe('capital_json');
    expect(input.outputConfig).toBeUndefined();
    expect(input.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'capital_json', description: 'A capital', inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: 'capital_json' } },
    });
  });

  it('asks for the tool where a thinking model cannot be forced', () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const { input, answer } = prepare(CLAUDE_37, { response_format: format(), thinking, max_tokens: 4000 });
    expect(input.toolConfig?.toolChoice).toBeUndefined();
    expect(answer.jsonTool).toBe('capital_json');
    expect(input.system).toEqual([{ text: expect.stringContaining('capital_json') }]);
  });

  it('asks for the tool where the model can never be forced', () => {
    const { input, answer } = prepare('us.anthropic.claude-fable-5-1', { response_format: format() });
    expect(input.toolConfig).toEqual({ tools: [expect.objectContaining({ toolSpec: expect.anything() })] });
    expect(input.system).toEqual([{ text: expect.stringContaining('capital_json') }]);
    expect(answer.jsonTool).toBe('capital_json');
  });

  it('forces the tool in the place of tools that may not be called', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ];
    const { input, answer } = prepare(NOVA, { messages, tools, tool_choice: 'none', response_format: format() });
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual(['f', 'capital_json']);
    expect(input.toolConfig?.toolChoice).toEqual({ tool: { name: 'capital_json' } });
    expect(answer).toMatchObject({ jsonTool: 'capital_json', placeholderTools: new Set(['f']) });
  });

  it.each<[string, string, object]>([
    [
      'beside tools one of which must be called',
      NOVA,
      { response_format: format(), tools, tool_choice: allowed('required') },
    ],
    [
      'beside a tool that is named',
      NOVA,
      { response_format: format(), tools, tool_choice: { type: 'function', function: { name: 'f' } } },
    ],
    ['beside a tool that must be called', NOVA, { response_format: format(), tools, tool_choice: 'required' }],
    ['where no tool can be forced', LLAMA, { response_format: format() }],
    ['where there are no tools', R1, { response_format: format() }],
    ['for a schema that is no object', NOVA, { response_format: format({ schema: { type: 'array' } }) }],
  ])('says the schema %s', (_name, model, fields) => {
    const { input, answer } = prepare(model, fields);
    expect(input.system).toEqual([{ text: expect.stringMatching(/capital: A capital.*"type":/s) }]);
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name) ?? []).not.toContain('capital_json');
    expect(answer).toEqual({ isJson: true });
  });

  it.each([undefined, 'auto'])('offers the tool beside those of the client, with the choice %s', (choice) => {
    const { input, answer } = prepare(CLAUDE_37, { response_format: format(), tools, tool_choice: choice });
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual(['f', 'capital_json']);
    expect(input.toolConfig?.toolChoice).toEqual(choice === undefined ? undefined : { auto: {} });
    expect(input.system).toEqual([{ text: expect.stringContaining('capital_json') }]);
    expect(answer).toEqual({ jsonTool: 'capital_json', isJson: true, unwrapsJson: true });
  });

  it.each([
    ['has a property of that name', { ...schema, properties: { properties: { type: 'object' } } }],
    ['names no property', { type: 'object', properties: {} }],
    ['takes others', { ...schema, additionalProperties: true }],
    ['says more elsewhere', { ...schema, allOf: [{ properties: { properties: {} } }] }],
  ])('takes no `properties` off where the schema %s', (_name, other) => {
    const { answer } = prepare(NOVA, { response_format: format({ schema: other }) });
    expect(answer).toEqual({ jsonTool: 'capital_json', isJson: true });
  });

  it('offers the tool beside those that may be called', () => {
    const { input } = prepare(NOVA, { response_format: format(), tools, tool_choice: allowed('auto') });
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual(['f', 'capital_json']);
  });

  it('asks in words for a schema that no grammar holds', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };
    const circle = { $ref: '#/$defs/node', $defs: { node } };
    const { input } = prepare(SONNET_45, { response_format: format({ schema: circle }) });
    expect(input.outputConfig).toBeUndefined();
    expect(input.system).toEqual([{ text: expect.stringContaining('$defs') }]);
    const inside = { ...schema, properties: { a: { $ref: '#/$defs/node' } }, $defs: { node } };
    expect(prepare(SONNET_45, { response_format: format({ schema: inside }) }).answer.jsonTool).toBe('capital_json');
  });

  it.each([
    ['capital', ['capital_json'], 'capital_json_2'],
    ['capital', ['capital_json_2', 'capital_json', 'capital_json_3'], 'capital_json_4'],
    ['x'.repeat(64), ['x'.repeat(64), `${'x'.repeat(62)}_2`], `${'x'.repeat(62)}_3`],
  ])('gives the tool for %s a name that no tool of the client has', (name, taken, expected) => {
    const own = taken.map((each) => ({ type: 'function', function: { name: each } }));
    expect(prepare(NOVA, { response_format: format({ name }), tools: own }).answer.jsonTool).toBe(expected);
  });

  it.each([{ type: 'json_object' }, { type: 'json_schema', json_schema: { name: 'x' } }])(
    'asks for JSON without a schema: %j',
    (responseFormat) => {
      const { input, answer } = prepare(SONNET_45, {
        response_format: responseFormat,
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'q' },
        ],
      });
      expect(input.system).toEqual([{ text: 'S' }, { text: expect.stringContaining('JSON object') }]);
      expect(input.toolConfig).toBeUndefined();
      expect(input.outputConfig).toBeUndefined();
      expect(answer).toEqual({ isJson: true });
    },
  );
});
