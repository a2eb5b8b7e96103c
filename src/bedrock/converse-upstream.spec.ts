import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { PatientClient } from '../../test/support/patient-client.js';
import { ConverseUpstream } from './converse-upstream.js';

const candidate = {
  model: { requestedId: 'model', invokeId: 'model', baseId: 'model', capabilities: {} },
  region: 'r',
};

/** Words without an end, of a call that cannot be ended properly. */
function endless(): AsyncIterator<ConverseStreamOutput> {
  return {
    next: () =>
      Promise.resolve({ done: false, value: { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'word' } } } }),
    return: () => Promise.reject(new Error('The call cannot be ended.')),
  };
}

describe(ConverseUpstream.name, () => {
  it('settles a stream that its reader leaves, also where the call cannot be ended', async () => {
    const settled: unknown[] = [];
    const attempt = {
      durable: () => Promise.resolve(),
      settle: (result: unknown) => Promise.resolve(settled.push(result)),
    };
    const meter = { admit: () => Promise.resolve({ signal: undefined, begin: () => attempt }) };
    const prepared = { input: { modelId: 'model', messages: [] }, answer: {}, adapted: [], replay: false };
    const upstream = new ConverseUpstream(
      {
        converseStream: () => Promise.resolve({ awsRequestId: 'aws', events: { [Symbol.asyncIterator]: endless } }),
      } as never,
      { for: () => ({ name: 'family', prepare: () => prepared }) } as never,
      {
        run: (candidates: unknown[], _client: unknown, attempted: (each: unknown) => (mayWait: boolean) => unknown) =>
          attempted(candidates[0])(false),
      } as never,
      { rightSize: (each: unknown) => each, saw: () => undefined } as never,
      { take: () => Promise.resolve() } as never,
    );
    const stream = upstream.stream({ messages: [] }, { name: 'model', candidates: [candidate] } as never, {
      meter: meter as never,
      client: new PatientClient(),
      prepare: { media: new Map(), requestMetadata: {}, s3Locations: [] },
      answer: { id: 'id', created: 0, model: 'model', choiceIndex: 0 },
    });
    await stream.next();
    await stream.return?.();
    expect(settled).toEqual([expect.objectContaining({ outcome: 'client_gone', awsRequestId: 'aws' })]);
  });
});
