import { toAssessment } from '../../src/bedrock/guardrail-upstream.js';
import { toModerationResult } from '../../src/moderations/to-moderation-result.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { schemaErrors } from '../support/openai-schemas.js';
import { RECORDINGS, type Recording } from '../support/recordings.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const GUARDRAIL = { guardrailIdentifier: 'sandboxguard', guardrailVersion: '1' };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

function post(body: object, key = gateway.tenantKey) {
  return gateway.call('POST', '/v1/moderations', { key, body });
}

function eventsOf(requestId: string | null) {
  return gateway.prisma.usageEvent.findMany({ where: { requestId: requestId ?? '' } });
}

describe('moderations', () => {
  it.each([
    ['sandbox-hate', 'hate'],
    ['sandbox-insults', 'harassment'],
    ['sandbox-sexual', 'sexual'],
    ['sandbox-violence', 'violence'],
    ['sandbox-misconduct', 'illicit'],
  ])('calls %s %s', async (text, category) => {
    const { status, body } = await post({ input: `some ${text} here`, guardrailConfig: GUARDRAIL });
    expect(status).toBe(200);
    expect(schemaErrors('moderation', body)).toEqual([]);
    const [result] = body.results;
    expect(result).toMatchObject({ flagged: true, guardrail_policies: ['content'] });
    const found = Object.entries(result.categories).filter(([, value]) => value === true);
    expect(found).toEqual([[category, true]]);
    expect(result.category_scores[category]).toBe(0.99);
    expect(result.category_scores['self-harm']).toBe(0);
    expect(result.category_applied_input_types).toMatchObject({ [category]: ['text'], 'self-harm': [] });
  });

  it.each([
    ['a denied topic', 'sandbox-topic', 'topic'],
    ['a blocked word', 'sandbox-block', 'word'],
    ['a personal detail', 'mail me at eve@example.com', 'sensitive_information'],
    ['an attack', 'sandbox-prompt-attack', 'prompt_attack'],
  ])('flags %s without a category', async (_name, input, policy) => {
    const { body } = await post({ input, guardrailConfig: GUARDRAIL });
    expect(body.results[0]).toMatchObject({ flagged: true, guardrail_policies: [policy] });
    expect(Object.values(body.results[0].categories)).not.toContain(true);
  });

  it('answers each text to the official client, in order, metered by the unit', async () => {
    const request = { input: ['fine', 'sandbox-hate', 'a'.repeat(1500)], guardrailConfig: GUARDRAIL };
    const { data, response } = await gateway.openai().moderations.create(request).withResponse();
    expect(data).toMatchObject({ id: expect.stringMatching(/^modr-/), model: 'omni-moderation-latest' });
    expect(data.results.map(({ flagged }) => flagged)).toEqual([false, true, false]);
    const events = await eventsOf(response.headers.get('x-request-id'));
    expect(events.map(({ unitKind, unitCount }) => `${unitCount} ${unitKind}`).sort()).toEqual([
      // Content filters, topics and personal details bill for themselves; words are free.
      '3 text_unit',
      '3 text_unit',
      '6 text_unit',
    ]);
    // What a unit costs depends on the guardrail's policies, which no answer tells in full.
    expect(events[0]).toMatchObject({ operation: 'moderation', outcome: 'success', unpriced: true });
  });

  it('takes parts as one text', async () => {
    const parts = ['fine', 'sandbox-hate'].map((text) => ({ type: 'text', text }));
    const { body } = await post({ input: parts, guardrailConfig: GUARDRAIL });
    expect(body.results.map(({ flagged }: { flagged: boolean }) => flagged)).toEqual([true]);
  });

  it('moderates with the tenant’s guardrail, whatever the request says', async () => {
    const guardrail = { id: 'sandboxguard', version: '1' };
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'guarded', guardrail } });
    const keys = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const { body: issued } = await gateway.call('POST', keys, { body: { name: 'key' } });
    const other = { guardrailIdentifier: 'unknown', guardrailVersion: '1' };
    const { status, body } = await post({ input: 'sandbox-hate', guardrailConfig: other }, issued.key);
    expect([status, body.results[0].flagged]).toEqual([200, true]);
  });

  it.each<[string, object, number]>([
    ['keeps to another region', { allowed_regions: ['eu-*'] }, 403],
    ['keeps to another region and to its profiles', { allowed_regions: ['eu-*'], allowed_scopes: ['eu'] }, 403],
    ['keeps to the profiles of a geography', { allowed_scopes: ['eu'] }, 403],
    ['may be served in the region itself', { allowed_scopes: ['eu', 'in-region'] }, 200],
    ['may use the region', { allowed_regions: ['us-east-1'], allowed_scopes: ['us'] }, 200],
  ])('asks whether a tenant that %s may send its text there', async (_name, residency, status) => {
    const body = { name: 'resident', guardrail: { id: 'sandboxguard', version: '1' }, ...residency };
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body });
    const keys = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const { body: issued } = await gateway.call('POST', keys, { body: { name: 'key' } });
    const before = gateway.sandbox.journal.list().length;
    const answer = await post({ input: 'fine' }, issued.key);
    expect([answer.status, answer.body.error?.code]).toEqual([
      status,
      status === 403 ? 'region_not_allowed' : undefined,
    ]);
    expect(gateway.sandbox.journal.list().length - before).toBe(status === 403 ? 0 : 1);
  });

  it.each<[string, object, string]>([
    ['no guardrail', { input: 'a' }, 'guardrailConfig'],
    [
      'a guardrail that is not there',
      { input: 'a', guardrailConfig: { ...GUARDRAIL, guardrailIdentifier: 'no' } },
      'guardrailConfig',
    ],
    ['no input', { guardrailConfig: GUARDRAIL }, 'input'],
    ['an empty text', { input: '', guardrailConfig: GUARDRAIL }, 'input'],
    ['an image', { input: [{ type: 'image_url', image_url: { url: 'data:' } }], guardrailConfig: GUARDRAIL }, 'input'],
  ])('refuses %s', async (_name, body, param) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.param).toMatch(new RegExp(`^${param}`));
  });
});

const recorded = readJsonLines<Recording>(RECORDINGS).filter(
  ({ operation, response }) => operation === 'ApplyGuardrail' && response.status === 200,
);

describeWithShared(RECORDINGS)('recorded guardrails', () => {
  it.each(recorded.map((recording) => [recording.id, recording] as const))('%s', (_id, { response }) => {
    const output = response.body_json as Parameters<typeof toAssessment>[0];
    const result = toModerationResult(toAssessment(output));
    expect(result.flagged).toBe(output.action === 'GUARDRAIL_INTERVENED');
    const filters = output.assessments?.flatMap(({ contentPolicy }) => contentPolicy?.filters ?? []) ?? [];
    expect(result.categories.hate).toBe(filters.some(({ type, detected }) => type === 'HATE' && detected === true));
    expect(result.guardrail_policies.length).toBeGreaterThan(0);
  });
});
