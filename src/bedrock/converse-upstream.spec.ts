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

/** Runs the first candidate, once. */
const ENGINE = {
  run: (candidates: unknown[], _client: unknown, attempted: (each: unknown) => (mayWait: boolean) => unknown) =>
    attempted(candidates[0])(false),
};

function call(attempt: object, client: PatientClient) {
  return {
    meter: { admit: () => Promise.resolve({ signal: undefined, begin: () => attempt }) } as never,
    client,
    prepare: { media: new Map(), requestMetadata: {}, s3Locations: [] },
    answer: { id: 'id', created: 0, model: 'model', choiceIndex: 0 },
  };
}

describe(ConverseUpstream.name, () => {
  afterEach(() => {
    Reflect.deleteProperty(performance, 'now');
  });

  it.each([
    ['again without the limit while there is time', 300, ['cut', 'whole']],
    ['no more when the client would hardly get it', 299, ['cut']],
  ])('asks for an answer that the steward has cut off %s', async (_, deadlineMs, expected) => {
    let ms = 0;
    performance.now = () => ms;
    const asked: string[] = [];
    const converse = (_to: unknown, { inferenceConfig }: { inferenceConfig?: object }) => {
      ms += 100;
      asked.push(inferenceConfig === undefined ? 'whole' : 'cut');
      const content = [{ text: asked.at(-1) }];
      const stopReason = inferenceConfig === undefined ? 'end_turn' : 'max_tokens';
      return Promise.resolve({ output: { output: { message: { role: 'assistant', content } }, stopReason } });
    };
    const plain = { input: { modelId: 'model', messages: [] }, answer: {}, adapted: [], replay: false };
    const upstream = new ConverseUpstream(
      { converse } as never,
      { for: () => ({ name: 'family', prepare: () => plain }) } as never,
      ENGINE as never,
      {
        rightSize: () => ({ ...plain, input: { ...plain.input, inferenceConfig: { maxTokens: 1 } } }),
        saw: () => undefined,
      } as never,
      { take: () => Promise.resolve() } as never,
    );
    const client = Object.assign(new PatientClient(), { deadlineMs });
    const attempt = { durable: () => Promise.resolve(), settle: () => Promise.resolve() };
    const route = { name: 'model', candidates: [candidate] } as never;
    const { choices } = await upstream.complete({ messages: [] }, route, call(attempt, client));
    expect(asked).toEqual(expected);
    expect(choices[0]?.message.content).toBe(expected.at(-1));
  });

  it('settles a stream that its reader leaves, also where the call cannot be ended', async () => {
    const settled: unknown[] = [];
    const attempt = {
      durable: () => Promise.resolve(),
      settle: (result: unknown) => Promise.resolve(settled.push(result)),
    };
    const prepared = { input: { modelId: 'model', messages: [] }, answer: {}, adapted: [], replay: false };
    const upstream = new ConverseUpstream(
      {
        converseStream: () => Promise.resolve({ awsRequestId: 'aws', events: { [Symbol.asyncIterator]: endless } }),
      } as never,
      { for: () => ({ name: 'family', prepare: () => prepared }) } as never,
      ENGINE as never,
      { rightSize: (each: unknown) => each, saw: () => undefined } as never,
      { take: () => Promise.resolve() } as never,
    );
    const route = { name: 'model', candidates: [candidate] } as never;
    const stream = upstream.stream({ messages: [] }, route, call(attempt, new PatientClient()));
    await stream.next();
    await stream.return?.();
    expect(settled).toEqual([expect.objectContaining({ outcome: 'client_gone', awsRequestId: 'aws' })]);
  });
});
