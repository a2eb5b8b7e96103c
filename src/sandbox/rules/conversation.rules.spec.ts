import * as rules from './conversation.rules.js';
import type { Rule } from './rule.js';
import { assistant, CLAUDE, refusalOf, type Sample, toolNamed, user } from './rule-samples.js';

const hi = user({ text: 'hi' });
const prefill = { messages: [hi, assistant({ text: 'So' })] };

describe('rules of a conversation', () => {
  it.each<[string, Rule, Sample, string]>([
    ['no messages', rules.startsWithUser, { request: {} }, 'A conversation must start with a user message.'],
    [
      'an assistant at the start',
      rules.startsWithUser,
      { request: { messages: [assistant({ text: 'a' }), hi] } },
      'A conversation must start with a user message.',
    ],
    [
      'two user messages in a row',
      rules.rolesAlternate,
      { request: { messages: [hi, hi] } },
      'A conversation must alternate between user and assistant roles.',
    ],
    [
      'a message without content',
      rules.contentIsNotEmpty,
      { request: { messages: [hi, assistant(), hi] } },
      'The content field in the Message object at messages.1 is empty.',
    ],
    [
      'a block of two members',
      rules.blocksSetOneMember,
      { request: { messages: [user({ text: 'a', cachePoint: { type: 'default' } })] } },
      'ContentBlock object at messages.0.content.0 must set one of the following keys: text, image,',
    ],
    [
      'a block of no member',
      rules.blocksSetOneMember,
      { request: { messages: [user({})] } },
      'ContentBlock object at messages.0.content.0 must set one of',
    ],
    [
      'a tool result with a cache point inside',
      rules.blocksSetOneMember,
      { request: { messages: [user({ toolResult: { toolUseId: 'a', content: [{ cachePoint: {} }] } })] } },
      'ToolResultContentBlock object at messages.0.content.0.toolResult.content.0 must set one of',
    ],
    [
      'a tool choice of two members',
      rules.blocksSetOneMember,
      { request: { toolConfig: { tools: [toolNamed('a')], toolChoice: { auto: {}, any: {} } } } },
      'ToolChoice object at toolConfig.toolChoice must set one of the following keys: auto, any, tool.',
    ],
    [
      'a blank text',
      rules.textIsNotBlank,
      { request: { messages: [user({ text: 'a' }, { text: ' \n' })] } },
      'The text field in the ContentBlock object at messages.0.content.1 is blank. Add text to the text field, and try again.',
    ],
    [
      'a blank system text',
      rules.textIsNotBlank,
      { request: { system: [{ text: ' ' }] } },
      'The text field in the SystemContentBlock object at system.0 is blank.',
    ],
    [
      'a prefill where there is none',
      rules.prefillIsSupported,
      { request: prefill, capabilities: { assistantPrefill: false } },
      'The model returned the following errors: This model does not support assistant message prefill.',
    ],
    [
      'a prefill of Claude with tools',
      rules.prefillIsSupported,
      { request: { ...prefill, toolConfig: { tools: [toolNamed('a')] } }, modelId: CLAUDE },
      'When using tools, pre-filling the `assistant` response is not supported.',
    ],
    [
      'a prefill of Claude that ends in a space',
      rules.prefillIsSupported,
      { request: { messages: [hi, assistant({ text: 'So ' })] }, modelId: CLAUDE },
      'final assistant content cannot end with trailing whitespace',
    ],
    [
      'a system prompt where there is none',
      rules.systemIsSupported,
      { request: { system: [{ text: 'be kind' }] }, capabilities: { systemPrompt: false } },
      "This model doesn't support the system field.",
    ],
  ])('refuse %s', (_name, rule, sample, message) => {
    expect(refusalOf(rule, sample)).toContain(message);
  });

  it.each(Object.entries(rules))('%s accepts a plain conversation', (_name, rule) => {
    const request = { messages: [hi, assistant({ text: 'a' }), hi], system: [{ text: 'be kind' }] };

    expect(refusalOf(rule, { request, modelId: CLAUDE })).toBeUndefined();
  });

  it('lets Claude continue a text', () => {
    expect(refusalOf(rules.prefillIsSupported, { request: prefill, modelId: CLAUDE })).toBeUndefined();
  });

  it('does not count system messages as turns', () => {
    const system = { role: 'system' as const, content: [{ text: 's' }] };

    expect(refusalOf(rules.rolesAlternate, { request: { messages: [hi, system, hi] } })).toContain('alternate');
    expect(
      refusalOf(rules.rolesAlternate, { request: { messages: [hi, system, assistant({ text: 'a' })] } }),
    ).toBeUndefined();
  });

  it('takes a line break before a cache point from Claude only', () => {
    const point = { cachePoint: { type: 'default' as const } };
    const request = { messages: [user({ text: 'a' }, { text: '\n' }, point)] };
    expect(refusalOf(rules.textIsNotBlank, { request, modelId: CLAUDE })).toBeUndefined();
    expect(refusalOf(rules.textIsNotBlank, { request, modelId: 'amazon.nova-pro-v1:0' })).toContain('blank');
  });
});
