import { chatRequestSchema } from '../../openai/chat-request.schema.js';
import { prepareRequest } from '../../../test/support/prepare-request.js';
import { validationPipe } from './validation.pipe.js';

const MODEL = 'amazon.nova-lite-v1:0';

function validated(body: string): Promise<unknown> {
  const metadata = { type: 'body', schema: chatRequestSchema } as const;
  return validationPipe().transform(JSON.parse(body), metadata);
}

function requestWith(properties: string): string {
  const tool = `{"type":"function","function":{"name":"look_up","parameters":{"type":"object","properties":${properties}}}}`;
  return `{"model":"${MODEL}","messages":[{"role":"user","content":"hi"}],"tools":[${tool}]}`;
}

describe(validationPipe.name, () => {
  it('leaves a tool its parameters, whatever they are called', async () => {
    const properties = '{"constructor":{"type":"string"},"prototype":{"type":"object","constructor":{}}}';
    const request = await validated(requestWith(properties));
    const { input } = prepareRequest(MODEL, request);
    expect(input.toolConfig?.tools?.[0]?.toolSpec?.inputSchema?.json).toEqual({
      type: 'object',
      properties: JSON.parse(properties) as object,
    });
  });

  it('gives no object of a request another prototype', async () => {
    const properties = '{"a":{"__proto__":{"type":"string","polluted":true}},"__proto__":{"polluted":true}}';
    const { input } = prepareRequest(MODEL, await validated(requestWith(properties)));
    const schema = input.toolConfig?.tools?.[0]?.toolSpec?.inputSchema?.json as { properties: { a: object } };
    expect([schema.properties, schema.properties.a].map((value) => 'polluted' in value)).toEqual([false, false]);
    expect('polluted' in {}).toBe(false);
  });
});
