import { prepareRequest } from '../../../test/support/prepare-request.js';
import { toClaudeTools } from './native-tools.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const OPUS_55 = 'us.anthropic.claude-opus-5-5';
const NOVA = 'us.amazon.nova-pro-v1:0';
const bash = { type: 'bash_20241022', name: 'bash' };
const screen = { display_width_px: 1024, display_height_px: 768 };
const fn = { type: 'function', function: { name: 'f' } };
const named = { type: 'function', function: { name: 'bash' } };
const question = { role: 'user', content: 'q' };

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [question], ...fields });
}

function native(fields: object) {
  return prepare(CLAUDE, fields).input.additionalModelRequestFields;
}

describe(toClaudeTools.name, () => {
  it.each([
    ['a shell', bash, bash, 'computer-use-2025-01-24'],
    [
      'a computer',
      { type: 'computer_20251124', name: 'computer', ...screen },
      { type: 'computer_20251124', name: 'computer', ...screen },
      'computer-use-2025-11-24',
    ],
    [
      'a computer that is wrapped as a function',
      { type: 'computer_20241022', function: { name: 'computer', parameters: screen } },
      { type: 'computer_20241022', name: 'computer', ...screen },
      'computer-use-2024-10-22',
    ],
    [
      'a memory',
      { type: 'memory_20250818', name: 'memory' },
      { type: 'memory_20250818', name: 'memory' },
      'context-management-2025-06-27',
    ],
  ])('gives Claude %s in its own words, with the beta flag', (_name, tool, expected, beta) => {
    const { input } = prepare(CLAUDE, { tools: [tool] });
    expect(input.additionalModelRequestFields).toEqual({ tools: [expected], anthropic_beta: [beta] });
    expect(input).not.toHaveProperty('toolConfig');
  });

  it('leaves functions beside them where they belong, and the flags of the client', () => {
    const { input } = prepare(CLAUDE, { tools: [bash, fn], anthropic_beta: ['a'], tool_choice: 'auto' });
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual(['f']);
    expect(input.additionalModelRequestFields).toEqual({
      tools: [bash],
      anthropic_beta: ['a', 'computer-use-2025-01-24'],
    });
  });

  it('keeps the flag of a tool beside flags among the native fields', () => {
    const { input } = prepare(CLAUDE, { tools: [bash], additionalModelRequestFields: { anthropic_beta: ['a'] } });
    expect(input.additionalModelRequestFields).toMatchObject({ anthropic_beta: ['computer-use-2025-01-24', 'a'] });
  });

  it.each([
    ['required', 'any'],
    ['auto', 'auto'],
  ])('asks for one of them at a time where the allowed ones are %s', (mode, type) => {
    const choice = { type: 'allowed_tools', allowed_tools: { mode, tools: [{ name: 'bash' }] } };
    expect(native({ tools: [bash], tool_choice: choice, parallel_tool_calls: false })).toMatchObject({
      tool_choice: { type, disable_parallel_tool_use: true },
    });
  });

  it('names one of them in the choice, which Converse cannot', () => {
    expect(native({ tools: [bash], tool_choice: named })).toMatchObject({
      tool_choice: { type: 'tool', name: 'bash' },
    });
    const { input } = prepare(CLAUDE, { tools: [bash, fn], tool_choice: named });
    expect(input.additionalModelRequestFields).toMatchObject({ tool_choice: { type: 'tool', name: 'bash' } });
    expect(input.toolConfig).not.toHaveProperty('toolChoice');
  });

  it('leaves the choice of a function to Converse', () => {
    const { input } = prepare(CLAUDE, {
      tools: [bash, fn],
      tool_choice: { type: 'function', function: { name: 'f' } },
    });
    expect(input.toolConfig?.toolChoice).toEqual({ tool: { name: 'f' } });
    expect(input.additionalModelRequestFields).not.toHaveProperty('tool_choice');
  });

  it('forces a call of them, and leaves them out where none may be called', () => {
    expect(native({ tools: [bash], tool_choice: 'required' })).toMatchObject({ tool_choice: { type: 'any' } });
    expect(native({ tools: [bash], tool_choice: 'none' })).toBeUndefined();
  });

  it.each<[string, string, unknown, object[], object, string]>([
    ['named', CLAUDE, named, [bash], { reasoning_effort: 'low' }, 'Answer by calling the tool bash.'],
    [
      'named beside a function',
      CLAUDE,
      named,
      [bash, fn],
      { reasoning_effort: 'low' },
      'Answer by calling the tool bash.',
    ],
    ['required', CLAUDE, 'required', [bash], { reasoning_effort: 'low' }, 'Answer by calling the tool bash.'],
    [
      'required beside a function',
      CLAUDE,
      'required',
      [bash, fn],
      { reasoning_effort: 'low' },
      'Answer by calling one or more of the tools.',
    ],
    ['named on a model that is never forced', OPUS_55, named, [bash], {}, 'Answer by calling the tool bash.'],
  ])('asks for a call of them that cannot be forced: %s', (_name, model, choice, tools, fields, text) => {
    const { input, adapted } = prepare(model, { tools, tool_choice: choice, ...fields });
    expect(input.additionalModelRequestFields).not.toHaveProperty('tool_choice');
    expect(input.toolConfig?.toolChoice ?? { auto: {} }).toEqual({ auto: {} });
    expect(input.system).toEqual([{ text }]);
    expect(adapted).toContain('tool_choice');
  });

  it.each([named, 'required'])('asks for one call at a time that cannot be forced: %j', (choice) => {
    const fields = { tools: [bash], tool_choice: choice, parallel_tool_calls: false, reasoning_effort: 'low' };
    expect(native(fields)).toMatchObject({ tool_choice: { type: 'auto', disable_parallel_tool_use: true } });
  });

  it.each([undefined, 'auto'])('keeps the tool of a schema beside them: %j', (choice) => {
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', properties: {} } } };
    const fields = { tools: [bash], tool_choice: choice, response_format: format };
    const { input, answer } = prepare('us.anthropic.claude-sonnet-4-20250514-v1:0', fields);
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual([answer.jsonTool]);
    expect(input.additionalModelRequestFields).toMatchObject({ tools: [{ name: 'bash' }] });
  });

  it('refuses a choice that names none of them', () => {
    const choice = { type: 'function', function: { name: 'nope' } };
    expect(() => prepare(CLAUDE, { tools: [bash], tool_choice: choice })).toThrow("not in 'tools'");
    expect(() => prepare(CLAUDE, { tools: [bash], tool_choice: 'none' })).not.toThrow();
  });

  it('forces a call of them where the model takes that while it thinks', () => {
    const fields = { tools: [bash], tool_choice: named, reasoning_effort: 'low' };
    const { input, adapted } = prepare('us.anthropic.claude-opus-4-8', fields);
    expect(input.additionalModelRequestFields).toMatchObject({ tool_choice: { type: 'tool', name: 'bash' } });
    expect(input).not.toHaveProperty('system');
    expect(adapted).not.toContain('tool_choice');
  });

  it('sends the list that Converse wants beside earlier calls, without a second tool of the same name', () => {
    const messages = [
      question,
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'bash', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ];
    const { input, answer } = prepare(CLAUDE, { messages, tools: [bash] });
    expect(input.toolConfig?.tools?.map((tool) => tool.toolSpec?.name)).toEqual(['unused_tool']);
    expect(answer.placeholderTools).toEqual(new Set(['unused_tool']));
  });

  it('is a 400 elsewhere', () => {
    expect(() => prepare(NOVA, { tools: [bash] })).toThrow(
      expect.objectContaining({ status: 400, param: 'tools[0].type' }),
    );
  });
});

describe('fields of Anthropic’s API', () => {
  it.each([
    ['at the top', { ...fn, eager_input_streaming: true }],
    ['in the function', { ...fn, function: { ...fn.function, eager_input_streaming: true } }],
  ])('eager_input_streaming %s is a beta flag of Claude', (_name, tool) => {
    expect(native({ tools: [tool] })).toEqual({ anthropic_beta: ['fine-grained-tool-streaming-2025-05-14'] });
    expect(prepare(NOVA, { tools: [tool] }).input).not.toHaveProperty('additionalModelRequestFields');
    expect(native({ tools: [{ ...fn, eager_input_streaming: false }] })).toBeUndefined();
  });

  it('output_config sets the effort of adaptive thinking', () => {
    const { input } = prepare('us.anthropic.claude-opus-4-7', {
      thinking: { type: 'adaptive' },
      output_config: { effort: 'max' },
    });
    expect(input.additionalModelRequestFields).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'max' },
    });
  });

  it('output_config goes to Claude alone, and to no other model in silence', () => {
    const fields = { output_config: { effort: 'low' } };
    expect(prepare('us.anthropic.claude-opus-4-7', fields).input.additionalModelRequestFields).toEqual(fields);
    expect(prepare(NOVA, fields)).toMatchObject({ adapted: ['output_config'] });
  });

  it('output_config.format is a response format', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const { input } = prepare('us.anthropic.claude-sonnet-4-6', {
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(JSON.parse(input.outputConfig?.textFormat?.structure?.jsonSchema?.schema ?? '')).toEqual(schema);
  });
});
