import { bedrockAnswering, sdkRuntimeOn, streamAnswer } from '../../../test/support/replayed-bedrock.js';
import { exactNumber } from '../exact-json.js';
import { SdkBedrockRuntime } from './sdk-bedrock-runtime.js';

const LONG = '12345678901234567890';
const FRACTION = '0.12345678901234567890123';

describe(SdkBedrockRuntime.name, () => {
  it('hands on the long numbers of a stream as something that JSON can be made of', async () => {
    const json = { whole: exactNumber(LONG), fraction: exactNumber(FRACTION) };
    const runtime = sdkRuntimeOn(() =>
      bedrockAnswering(
        streamAnswer([
          { contentBlockDelta: { contentBlockIndex: 0, delta: { toolResult: [{ json }] } } },
          { messageStop: { stopReason: 'end_turn', additionalModelResponseFields: json } },
        ]),
      ),
    );
    const { events } = await runtime.converseStream(
      { region: 'us-east-1', account: null },
      { modelId: 'a', messages: [] },
    );
    const texts: string[] = [];
    for await (const event of events) texts.push(JSON.stringify(event));
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toContain(`{"whole":${LONG},"fraction":${FRACTION}}`);
  });
});
