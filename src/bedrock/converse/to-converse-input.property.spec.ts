import type { ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime';
import * as fc from 'fast-check';
import { knowsRulesOf, refusalOf } from '../../../test/support/bedrock-rules.js';
import { prepareRequest } from '../../../test/support/prepare-request.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { CAPABILITIES } from '../../models/capability-table.js';
import { chatRequestSchema } from '../../openai/chat-request.schema.js';

const text = fc.oneof(fc.constantFrom('', ' ', '\n', 'hi', 'a\ud800', '{"a":1}'), fc.string({ unit: 'binary' }));
const junk = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.double(), text, fc.jsonValue({ maxDepth: 3 }));
const orJunk = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 80, arbitrary: value }, { weight: 1, arbitrary: junk });
const cacheControl = fc.option(fc.record({ type: fc.constant('ephemeral'), ttl: fc.constantFrom('5m', '1h', null) }));
const url = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom('data:image/png;base64,iVBORw0KGgo=', 'data:application/pdf;base64,JVBERi0='),
  },
  { weight: 1, arbitrary: fc.constantFrom('https://a/b', 'data:,', 'x') },
);
const id = fc.constantFrom('a', 'b', 'call|1', 'x'.repeat(70));

const part = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('text'), text, cache_control: cacheControl }) },
  fc.record({ type: fc.constant('image_url'), image_url: fc.record({ url }), cache_control: cacheControl }),
  fc.record({ type: fc.constant('file'), file: fc.record({ file_data: url, filename: text }) }),
  fc.record({ type: fc.constant('guarded_text'), text }),
  fc.record({ type: fc.constant('refusal'), refusal: text }),
);
const content = orJunk(
  fc.oneof({ weight: 2, arbitrary: text }, { weight: 1, arbitrary: fc.array(part, { maxLength: 4 }) }),
);
const callOf = (callId: string) => ({ id: callId, type: 'function', function: { name: 'f', arguments: '{"a":1}' } });

/** A turn of calls that is answered, so that most conversations get past the pairing of calls and results. */
const answeredCalls = fc
  .tuple(fc.array(id, { minLength: 1, maxLength: 3 }), content)
  .map(([ids, result]) => [
    { role: 'assistant', content: null, tool_calls: ids.map(callOf) },
    ...ids.map((callId) => ({ role: 'tool', tool_call_id: callId, content: result })),
  ]);
const plain = fc
  .record({
    role: fc.constantFrom('system', 'developer', 'user', 'user', 'assistant'),
    content,
    cache_control: cacheControl,
    reasoning_content: fc.option(text),
  })
  .map((message) => [message]);
const messages = fc
  .array(fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: answeredCalls }), { maxLength: 6 })
  .map((turns) => turns.flat());

const fields = fc.record({
  max_tokens: orJunk(fc.integer({ min: 1, max: 40_000 })),
  temperature: orJunk(fc.double({ min: 0, max: 2, noNaN: true })),
  top_p: orJunk(fc.double({ min: 0, max: 1, noNaN: true })),
  top_k: orJunk(fc.nat(100)),
  stop: orJunk(fc.oneof(text, fc.array(text, { maxLength: 4 }))),
  stream: orJunk(fc.boolean()),
  tools: orJunk(
    fc.array(
      fc.record({
        type: fc.constant('function'),
        function: fc.record({
          name: orJunk(fc.constantFrom('f', 'g', 'x.y')),
          parameters: orJunk(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))),
        }),
      }),
      { maxLength: 3 },
    ),
  ),
  tool_choice: orJunk(fc.constantFrom('auto', 'none', 'required', { type: 'function', function: { name: 'f' } })),
  parallel_tool_calls: orJunk(fc.boolean()),
  reasoning_effort: orJunk(fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  thinking: orJunk(
    fc.record({
      type: fc.constantFrom('enabled', 'disabled', 'adaptive'),
      budget_tokens: fc.constantFrom(1024, 9000),
    }),
  ),
  response_format: orJunk(
    fc.constantFrom(
      { type: 'json_object' },
      { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
    ),
  ),
  prompt_caching: orJunk(fc.record({ system: fc.boolean(), messages: fc.boolean() })),
  additionalModelRequestFields: orJunk(fc.dictionary(fc.string(), junk, { maxKeys: 2 })),
  extra_body: orJunk(fc.dictionary(fc.string(), junk, { maxKeys: 2 })),
  logit_bias: orJunk(fc.constant({})),
  service_tier: orJunk(fc.constantFrom('auto', 'flex')),
});
/** A few fields at a time, so that one that is refused does not hide the others. */
const someFields = fc.tuple(fields, fc.nat(), fc.nat(3)).map(([all, start, count]) => {
  const entries = Object.entries(all);
  return Object.fromEntries(
    Array.from({ length: count }, (_, step) => entries[(start + step * 5) % entries.length] ?? ['n', 1]),
  );
});
const body = fc
  .record({ messages: orJunk(messages), fields: someFields })
  .map(({ messages: list, fields: rest }) => ({ ...rest, messages: list }));
const anyModel = fc.constantFrom(...CAPABILITIES.map((row) => row.id), 'acme.wonder-1', 'anthropic.claude-opus-9');
/** Half of the requests go where most of them can be served. */
const model = fc.oneof(
  anyModel,
  fc.constantFrom('us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us.amazon.nova-pro-v1:0'),
);

const blocksOf = (list: readonly Message[]): ContentBlock[] => list.flatMap((message) => message.content ?? []);

/** What Bedrock refuses whatever the model. */
function faultsOf(list: readonly Message[]): string[] {
  const faults: string[] = [];
  list.forEach(({ role, content: blocks = [] }, index) => {
    if (role !== (index % 2 === 0 ? 'user' : 'assistant')) faults.push('roles do not alternate');
    if (blocks.length === 0) faults.push('an empty message');
    const called = (list[index - 1]?.content ?? []).flatMap((block) => block.toolUse?.toolUseId ?? []);
    const answered = blocks.flatMap((block) => block.toolResult?.toolUseId ?? []);
    if (role === 'user' && called.toSorted().join() !== answered.toSorted().join())
      faults.push('calls without results');
  });
  const all = blocksOf(list);
  for (const [index, block] of all.entries()) {
    const isBlank = block.text !== undefined && block.text.trim() === '';
    if (isBlank && all[index + 1]?.cachePoint === undefined) faults.push('a blank text');
    if (block.text?.isWellFormed() === false) faults.push('a lone surrogate');
  }
  if (blocksOf(list).filter((block) => block.cachePoint).length > 4) faults.push('too many cache points');
  return faults;
}

/** What is left to Bedrock's own 400: its words name the limit, and native fields are the client's own. */
const CLIENTS_LIMITS = /maximum tokens you requested|number of (documents|images)|Extra inputs|extraneous key/;

/** Faults of the request that would go out, or of the error that the client would get. */
function outcomeOf(modelId: string, request: unknown): { isAccepted: boolean; faults: string[] } {
  try {
    const { input } = prepareRequest(modelId, request);
    const list = input.messages ?? [];
    const usesTools = blocksOf(list).some((block) => block.toolUse ?? block.toolResult);
    const missing = usesTools && input.toolConfig === undefined ? ['tool blocks without tools'] : [];
    const refusal = knowsRulesOf(modelId) ? refusalOf(modelId, input, false) : undefined;
    const refusals = refusal === undefined || CLIENTS_LIMITS.test(refusal) ? [] : [refusal];
    return {
      isAccepted: true,
      faults: [...faultsOf(list), ...missing, ...refusals],
    };
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      throw error;
    }
    const isNamed = error.status === 400 && typeof error.param === 'string';
    return { isAccepted: false, faults: isNamed ? [] : [`${error.status} without a field`] };
  }
}

describe('any request body', () => {
  it("is a 400 that names a field, or a request that Bedrock's own rules allow", () => {
    let accepted = 0;
    fc.assert(
      fc.property(model, body, (modelId, request) => {
        const { isAccepted, faults } = outcomeOf(modelId, request);
        accepted += isAccepted ? 1 : 0;
        expect(faults).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it('is read without a crash, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(typeof chatRequestSchema.safeParse(value).success).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
