import type { ConverseRequest } from '../wire/converse-request.js';
import { plannedCalls, scriptedCalls } from './tool-calls.js';

function asked(toolChoice?: NonNullable<ConverseRequest['toolConfig']>['toolChoice']): ConverseRequest {
  const tools = ['get_weather', 'get_weather_report', 'add'].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } },
  }));
  return { toolConfig: { tools, ...(toolChoice ? { toolChoice } : {}) } };
}

function names(request: ConverseRequest, text: string): string[] {
  return plannedCalls(request, text).map(({ name }) => name);
}

describe(plannedCalls.name, () => {
  it.each<[string, ConverseRequest, string, string[]]>([
    ['nothing is named', asked({ auto: {} }), 'hello', []],
    ['one is named', asked(), 'please call get_weather.', ['get_weather']],
    ['two are named', asked(), 'add, then get_weather_report', ['get_weather_report', 'add']],
    ['one is forced', asked({ tool: { name: 'add' } }), 'get_weather', ['add']],
    ['any is forced and one named', asked({ any: {} }), 'use add', ['add']],
    ['any is forced and none named', asked({ any: {} }), 'hello', ['get_weather']],
    ['there are no tools', {}, 'get_weather', []],
  ])('when %s', (_name, request, text, expected) => {
    expect(names(request, text)).toEqual(expected);
  });

  it('does not call again after a result', () => {
    const request = {
      ...asked(),
      messages: [{ role: 'user' as const, content: [{ toolResult: { toolUseId: '1', content: [] } }] }],
    };

    expect(names(request, 'get_weather said so')).toEqual([]);
  });
});

describe(scriptedCalls.name, () => {
  it('makes up the arguments that the script leaves out', () => {
    const json = { type: 'object', properties: { city: { type: 'string' } } };
    const request = { toolConfig: { tools: [{ toolSpec: { name: 'weather', inputSchema: { json } } }] } };

    expect(scriptedCalls(request, [{ name: 'weather' }, { name: 'weather', input: {} }, { name: 'other' }])).toEqual([
      { name: 'weather', input: { city: 'sample city' } },
      { name: 'weather', input: {} },
      { name: 'other', input: {} },
    ]);
  });
});
