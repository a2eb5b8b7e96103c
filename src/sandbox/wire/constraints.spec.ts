import { readBody } from './constraints.js';
import { converseRequestSchema } from './converse-request.js';

function refusal(body: unknown): string {
  try {
    readBody(converseRequestSchema, body);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}

function asked(content: unknown[]): unknown {
  return { messages: [{ role: 'user', content }] };
}

function tool(toolSpec: object): unknown {
  return { toolConfig: { tools: [{ toolSpec: { inputSchema: { json: {} }, ...toolSpec } }] } };
}

const ONE = '1 validation error detected: ';

describe(readBody.name, () => {
  it.each<[string, unknown, string]>([
    [
      'a missing member',
      asked([{ toolUse: { name: 'a', input: {} } }]),
      `${ONE}Value at 'messages.1.member.content.1.member.toolUse.toolUseId' failed to satisfy constraint: Member must not be null`,
    ],
    [
      'an unknown role',
      { messages: [{ role: 'tool', content: [] }] },
      `${ONE}Value at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]`,
    ],
    [
      'a name with a space',
      tool({ name: 'get weather' }),
      `${ONE}Value 'get weather' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    ],
    [
      'an id with a slash',
      asked([{ toolUse: { toolUseId: 'a/b', name: 'a', input: {} } }]),
      `${ONE}Value at 'messages.1.member.content.1.member.toolUse.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
    ],
    [
      'an empty list of tools',
      { toolConfig: { tools: [] } },
      `${ONE}Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    ],
    [
      'several broken bounds at once',
      tool({ name: '', description: '' }),
      "3 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'toolConfig.tools.1.member.toolSpec.description' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    ['a number for a text', asked([{ text: 5 }]), 'NUMBER_VALUE can not be converted to a String'],
    ['a text for a list', { messages: 'hi' }, 'STRING_VALUE can not be converted to a List'],
    ['an empty request', {}, 'accepted'],
    ['members that nobody knows', { ...(asked([{ text: 'a' }]) as object), later: 1 }, 'accepted'],
  ])('answers %s', (_name, body, expected) => {
    expect(refusal(body)).toBe(expected);
  });
});
