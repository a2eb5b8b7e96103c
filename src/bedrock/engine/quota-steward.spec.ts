import { parseRequest, prepareRequest } from '../../../test/support/prepare-request.js';
import { QuotaSteward } from './quota-steward.js';

const MODEL = 'amazon.nova-lite-v1:0';
const USER = 'key_1 model';

function limitOf(
  steward: QuotaSteward,
  body: object = {},
  user = USER,
  outputTokensMax: number | null = 10_000,
): number | undefined {
  const request = { model: MODEL, messages: [{ role: 'user', content: 'hello' }], ...body };
  const { input } = steward.rightSize(prepareRequest(MODEL, request), parseRequest(request), user, outputTokensMax);
  return input.inferenceConfig?.maxTokens;
}

function experienced(outputTokens: number, times = 20, isOn = true): QuotaSteward {
  const steward = new QuotaSteward(isOn);
  for (let time = 0; time < times; time += 1) steward.saw(USER, outputTokens);
  return steward;
}

describe(QuotaSteward.name, () => {
  it('limits to twice the longest recent answer', () => {
    const steward = experienced(900);
    expect(limitOf(steward)).toBe(1_800);
    steward.saw(USER, 1_800);
    expect(limitOf(steward)).toBe(3_600);
  });

  it.each([
    [1_801, 1_800],
    [1_800, undefined],
    [1_000, undefined],
    [null, undefined],
  ])('names no limit that Bedrock would refuse: the model puts out %s', (outputTokensMax, expected) => {
    expect(limitOf(experienced(900), {}, USER, outputTokensMax)).toBe(expected);
  });

  it('limits nothing to less than 1,024 tokens', () => {
    expect(limitOf(experienced(5))).toBe(1_024);
  });

  it.each([
    ['when it is off', experienced(900, 20, false), {}, USER],
    ['of too few answers', experienced(900, 19), {}, USER],
    ['of the answers to another', experienced(900), {}, 'key_2 model'],
  ])('learns nothing %s', (_, steward, body, user) => {
    expect(limitOf(steward, body, user)).toBeUndefined();
  });

  it.each([{ max_tokens: 5_000 }, { max_completion_tokens: 5_000 }])('keeps what was named: %j', (body) => {
    expect(limitOf(experienced(900), body)).toBe(5_000);
  });

  it('leaves requests with native fields alone, which may hold a budget of thoughts', () => {
    expect(limitOf(experienced(900), { extra_body: { inferenceConfig: { topK: 5 } } })).toBeUndefined();
  });

  it('forgets what is long ago', () => {
    const steward = experienced(5_000);
    for (let time = 0; time < 200; time += 1) steward.saw(USER, 600);
    expect(limitOf(steward)).toBe(1_200);
  });
});
