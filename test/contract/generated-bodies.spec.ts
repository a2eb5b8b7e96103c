import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { knowsRulesOf, refusalOf } from '../support/bedrock-rules.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { prepareRequest } from '../support/prepare-request.js';
import { faultOf, sampleRequestTexts } from '../support/request-bodies.js';

const BODIES = 3_000;
const IN_FLIGHT = 8;
const SEED = 20_261_122;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ MEDIA_FETCH: 'false' });
});

afterAll(() => gateway.close());

async function ask(text: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
    body: text,
  });
  return { status: response.status, body: await response.text() };
}

/** What is left to Bedrock's own words: limits of the model, and native fields that are the client's own. */
const CLIENTS_OWN = /maximum tokens you requested|number of (documents|images)|Extra inputs|extraneous key|`top_k`/;

interface Body {
  model?: unknown;
  stream?: unknown;
}

/** Why Bedrock would refuse what the gateway makes of a body. */
function leftToBedrock(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as Body;
    if (typeof body.model !== 'string' || !knowsRulesOf(body.model)) return undefined;
    const { input, replay } = prepareRequest(body.model, body);
    const refusal = refusalOf(body.model, input, body.stream === true && !replay);
    return refusal === undefined || CLIENTS_OWN.test(refusal) ? undefined : refusal;
  } catch (error) {
    if (error instanceof GatewayError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

describe('any request body', () => {
  it('is refused by the gateway, or taken by the rules of Bedrock', () => {
    const faults = sampleRequestTexts(BODIES, SEED + 1).flatMap((text) => {
      const refusal = leftToBedrock(text);
      return refusal === undefined ? [] : [{ refusal, text: text.slice(0, 2_000) }];
    });
    expect(faults).toEqual([]);
  }, 120_000);
});

const refusal = (param: string | null) => JSON.stringify({ error: { message: 'm', type: 't', param, code: null } });

describe(faultOf.name, () => {
  it.each([
    ['a failure', 500, refusal('messages'), '{}'],
    ['no field', 400, refusal(null), '{"messages":5}'],
    ['a field without a name', 400, refusal(''), '{"messages":5}'],
    ['an error that is not as others', 400, '{"error":{"message":"m"}}', '{}'],
    ['no JSON', 400, '<html>', '{}'],
  ])('finds fault with %s', (_name, status, body, sent) => {
    expect(faultOf(status, body, sent)).toEqual(expect.any(String));
  });

  it.each([
    ['a field', refusal('messages'), '{}'],
    ['no field of what has none', refusal(null), '{"mess'],
    ['no field of a list', refusal(null), '[]'],
  ])('finds no fault with %s', (_name, body, sent) => {
    expect(faultOf(400, body, sent)).toBeUndefined();
  });
});

describe('any request body over HTTP', () => {
  it('is answered, or is a 4xx that names its field', async () => {
    const texts = sampleRequestTexts(BODIES, SEED);
    const statuses = new Map<number, number>();
    const faults: { fault: string; text: string }[] = [];
    const work = texts.values();
    const worker = async () => {
      for (const text of work) {
        const { status, body } = await ask(text);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const fault = faultOf(status, body, text);
        if (fault !== undefined) faults.push({ fault, text: text.slice(0, 2_000) });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    expect(faults).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(BODIES / 10);
    expect(statuses.get(400)).toBeGreaterThan(BODIES / 10);
  }, 300_000);
});
