import type { ConverseRequest, Message } from '../wire/converse-request.js';
import type { Rule } from './rule.js';
import { assistant, CLAUDE, refusalOf, type Sample, toolNamed, user } from './rule-samples.js';
import * as rules from './tool.rules.js';

const hi = user({ text: 'hi' });

function use(toolUseId: string, input: unknown = {}): Message['content'][number] {
  return { toolUse: { toolUseId, name: 'a', input } };
}

function result(toolUseId: string, status: 'success' | 'error' = 'success'): Message['content'][number] {
  return { toolResult: { toolUseId, content: [{ text: 'done' }], status } };
}

function withTools(...messages: Message[]): ConverseRequest {
  return { messages, toolConfig: { tools: [toolNamed('a')] } };
}

const image = { image: { format: 'png' as const, source: { bytes: 'AAAA' } } };
const strictTool = { toolSpec: { ...toolNamed('a').toolSpec, strict: true } };

describe('rules of tools', () => {
  it.each<[string, Rule, Sample, string]>([
    [
      'tools where there are none',
      rules.toolsAreSupported,
      { request: withTools(hi), capabilities: { tools: false } },
      "This model doesn't support tool use.",
    ],
    [
      'tools in the stream of a model that cannot',
      rules.toolsAreSupported,
      { request: withTools(hi), capabilities: { toolStreaming: false }, streaming: true },
      "This model doesn't support tool use in streaming mode.",
    ],
    [
      'a history of tools without tools',
      rules.toolHistoryNeedsToolConfig,
      { request: { messages: [hi, assistant(use('1')), user(result('1'))] } },
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    ],
    [
      'text beside a result where results stand alone',
      rules.toolResultsStandWithWhatTheyMay,
      {
        request: withTools(hi, assistant(use('1')), user(result('1'), { text: 'next' })),
        capabilities: { besideToolResults: [] },
      },
      'Expected toolResult blocks at messages.2.content for the following Ids: 1',
    ],
    [
      'a result for a model that takes none',
      rules.toolResultsAreTaken,
      { request: withTools(hi, assistant(use('1')), user(result('1'))), capabilities: { toolResults: false } },
      'The model returned the following errors: Conversation roles must alternate user/assistant/user/assistant/...',
    ],
    [
      'words beside a call where calls stand alone',
      rules.callsStandAlone,
      {
        request: withTools(hi, assistant({ text: 'I look' }, use('1')), user(result('1'))),
        capabilities: { textBesideToolCalls: false },
      },
      'messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.',
    ],
    [
      'a schema that is no object',
      rules.toolSchemasAreObjects,
      { request: { toolConfig: { tools: [{ toolSpec: { name: 'a', inputSchema: { json: { type: 'string' } } } }] } } },
      'The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.',
    ],
    [
      'a schema that is a text',
      rules.toolSchemasAreObjects,
      { request: { toolConfig: { tools: [{ toolSpec: { name: 'a', inputSchema: { json: '{}' } } }] } } },
      'The format of the value at toolConfig.tools.0.toolSpec.inputSchema.json is invalid.',
    ],
    [
      'two tools of one name',
      rules.toolNamesAreUnique,
      { request: { toolConfig: { tools: [toolNamed('a'), toolNamed('a')] } } },
      'tools: Tool names must be unique.',
    ],
    [
      'a forced choice that the model does not have',
      rules.toolChoiceIsSupported,
      {
        request: { toolConfig: { tools: [toolNamed('a')], toolChoice: { any: {} } } },
        capabilities: { toolChoice: ['auto'] },
      },
      "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    ],
    [
      'a forced choice that Claude does not have',
      rules.toolChoiceIsSupported,
      {
        request: { toolConfig: { tools: [toolNamed('a')], toolChoice: { any: {} } } },
        modelId: CLAUDE,
        capabilities: { toolChoice: ['auto'] },
      },
      'tool_choice: type "tool" and "any" are not supported for this model.',
    ],
    [
      'a native choice beside that of Converse',
      rules.nativeChoiceLeavesTheTypeToConverse,
      {
        request: {
          toolConfig: { tools: [toolNamed('a')], toolChoice: { auto: {} } },
          additionalModelRequestFields: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
        },
      },
      'The additional field tool_choice/type conflicts with the existing field toolConfig.toolChoice.auto. Remove tool_choice/type and try again.',
    ],
    [
      'a chosen tool that is not there',
      rules.chosenToolExists,
      { request: { toolConfig: { tools: [toolNamed('a')], toolChoice: { tool: { name: 'b' } } } } },
      "Tool 'b' not found in provided tools",
    ],
    [
      'strict tools where there are none',
      rules.strictToolsAreSupported,
      { request: { toolConfig: { tools: [strictTool] } }, capabilities: { strictTools: false } },
      "This model doesn't support the toolConfig.tools.0.toolSpec.strict field.",
    ],
    [
      'more than 20 strict tools',
      rules.strictToolsAreSupported,
      { request: { toolConfig: { tools: Array.from({ length: 21 }, () => strictTool) } } },
      'Too many strict tools (21)',
    ],
    [
      'a call by the user',
      rules.toolBlocksStandInTheirRole,
      { request: withTools(user(use('1'))) },
      'messages.0: `tool_use` blocks can only be in `assistant` messages',
    ],
    [
      'a result by the assistant',
      rules.toolBlocksStandInTheirRole,
      { request: withTools(hi, assistant(result('1'))) },
      'messages.1: `tool_result` blocks can only be in `user` messages',
    ],
    [
      'arguments that are a text',
      rules.toolUseInputIsAnObject,
      { request: withTools(hi, assistant(use('1', '{}'))) },
      'The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a json object for the field and try again.',
    ],
    [
      'two calls of one id',
      rules.toolIdsAreUnique,
      { request: withTools(hi, assistant(use('1'), use('1'))) },
      'The toolUse blocks at messages.1.content contain duplicate Ids: 1',
    ],
    [
      'two results of one id',
      rules.toolIdsAreUnique,
      { request: withTools(hi, assistant(use('1')), user(result('1'), result('1'))) },
      'The toolResult blocks at messages.2.content contain duplicate Ids: 1',
    ],
    [
      'a call without a result',
      rules.toolResultsAnswerTheirTurn,
      { request: withTools(hi, assistant(use('1'), use('2')), user(result('1'))) },
      'Expected toolResult blocks at messages.2.content for the following Ids: 2',
    ],
    [
      'a call at the end',
      rules.toolResultsAnswerTheirTurn,
      { request: withTools(hi, assistant(use('1'))) },
      'Expected toolResult blocks at messages.2.content for the following Ids: 1',
    ],
    [
      'a result of another call',
      rules.toolResultsAnswerTheirTurn,
      { request: withTools(hi, assistant(use('1')), user(result('9'))) },
      'Expected toolResult blocks at messages.2.content for the following Ids: 1',
    ],
    [
      'more results than calls',
      rules.toolResultsAnswerTheirTurn,
      { request: withTools(hi, assistant(use('1')), user(result('1'), result('2'))) },
      'The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.',
    ],
    [
      'a failed result without content',
      rules.failedToolResultHasContent,
      { request: withTools(user({ toolResult: { toolUseId: '1', content: [], status: 'error' } })) },
      'The content field at messages.0.content.0.toolResult cannot be empty when status value is error.',
    ],
    [
      'a failed result with an image for Claude',
      rules.failedToolResultIsText,
      {
        request: withTools(user({ toolResult: { toolUseId: '1', content: [image], status: 'error' } })),
        modelId: CLAUDE,
      },
      'messages.0.content.0.tool_result: all content must be type "text" if `is_error` is true',
    ],
  ])('refuse %s', (_name, rule, sample, message) => {
    expect(refusalOf(rule, sample)).toContain(message);
  });

  it.each(Object.entries(rules))('%s accepts a round of two calls', (_name, rule) => {
    const request = withTools(hi, assistant(use('1'), use('2')), user(result('2', 'error'), result('1')));

    expect(refusalOf(rule, { request, modelId: CLAUDE, streaming: true })).toBeUndefined();
  });

  it('asks for no result of a tool that the model runs itself', () => {
    const call = { toolUse: { toolUseId: '1', name: 'search', input: {}, type: 'server_tool_use' } };
    const answer = { toolResult: { toolUseId: '1', content: [], type: 'search_result' } };
    const request = withTools(hi, assistant(call, answer, { text: 'found' }), hi);

    expect(refusalOf(rules.toolResultsAnswerTheirTurn, { request })).toBeUndefined();
    expect(refusalOf(rules.toolBlocksStandInTheirRole, { request })).toBeUndefined();
  });
});
