import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { GUARDRAIL_ID } from '../../src/sandbox/guardrails/guardrail.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const RANGE = { from: '2026-01-01', to: '2026-02-01' };
const ORGANIZATION = [
  ['OrganizationCompletions', 'usage/completions'],
  ['OrganizationInputs', 'usage/embeddings'],
  ['OrganizationCosts', 'costs'],
];
const MESSAGES = [{ role: 'user', content: 'hi' }];

let gateway: AccessApp;
// oxlint-disable-next-line typescript/no-explicit-any
let document: any;
let ajv: Ajv2020;

beforeAll(async () => {
  gateway = await startAccessApp();
  document = (await gateway.call('GET', '/openapi.json', { key: null })).body;
  ajv = new Ajv2020({ strict: false, validateFormats: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'openapi', ...document });
});

afterAll(async () => {
  await gateway.close();
});

/** The operations of the document with their place. */
// oxlint-disable-next-line typescript/no-explicit-any
function operations(): [string, any][] {
  return Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      // oxlint-disable-next-line typescript/no-explicit-any
      .map(([method, operation]): [string, any] => [`${method} ${path}`, operation]),
  );
}

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 whose references all lead somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1));
    }
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it('holds every schema in a form that JSON Schema 2020-12 compiles', () => {
    for (const name of Object.keys(document.components.schemas)) {
      expect(ajv.getSchema(`openapi#/components/schemas/${name}`)).toBeDefined();
    }
  });

  it('gives every operation a name of its own, a summary, known security, and errors', () => {
    const names = operations().map(([, operation]) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [place, operation] of operations()) {
      expect([place, operation.summary]).toEqual([place, expect.stringMatching(/\S/)]);
      const schemes = operation.security.flatMap((requirement: object) => Object.keys(requirement));
      for (const scheme of schemes) expect(document.components.securitySchemes).toHaveProperty(scheme);
      expect(operation.responses).toHaveProperty('4XX');
      const parameters = (operation.parameters ?? []).filter((parameter: { in: string }) => parameter.in === 'path');
      expect(parameters.map(({ name }: { name: string }) => name)).toEqual(
        [...place.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
    }
  });

  it('says of every operation what it answers, under a tag that is declared', () => {
    const tags = document.tags.map(({ name }: { name: string }) => name);
    for (const [place, { responses, description, tags: own }] of operations()) {
      expect([place, description]).toEqual([place, expect.stringMatching(/Needs \S/)]);
      expect(tags).toEqual(expect.arrayContaining(own));
      const answered = Object.entries<{ content?: Record<string, { schema: object }> }>(responses).filter(
        ([status]) => !['4XX', '202', '204'].includes(status),
      );
      const schemas = answered.flatMap(([, { content = {} }]) => Object.values(content).map(({ schema }) => schema));
      expect([place, responses['204'] !== undefined || responses['202'] !== undefined || schemas.length > 0]).toEqual([
        place,
        true,
      ]);
    }
  });

  it('has examples and defaults that pass, whether patterns are read as Unicode ones or not', () => {
    const plain = new Ajv2020({ strict: false, unicodeRegExp: false });
    addFormats.default(plain);
    plain.addSchema({ $id: 'plain', ...document });
    for (const [name, { examples = [] }] of Object.entries<{ examples?: unknown[] }>(document.components.schemas)) {
      const validators = [
        ajv.getSchema(`openapi#/components/schemas/${name}`),
        plain.getSchema(`plain#/components/schemas/${name}`),
      ];
      for (const example of examples) {
        expect([name, validators.map((validate) => validate?.(example))]).toEqual([name, [true, true]]);
      }
    }
    expect(plain.getSchema('plain#/components/schemas/NewTenant')?.({ name: 'a\u0085b' })).toBe(false);
  });

  it.each([
    ['post /admin/v1/tenants', 'adminKey', 'idempotency-key'],
    ['patch /admin/v1/tenants/{tenantId}', 'adminKey', 'if-match'],
    ['get /admin/v1/tenants', 'adminKey', 'limit'],
    ['get /admin/v1/usage', 'adminKey', 'group_by'],
    ['get /v1/models/{id}', 'tenantKey', 'id'],
  ])('documents %s', (place, scheme, parameter) => {
    const operation = new Map(operations()).get(place);
    expect(operation.security[0]).toHaveProperty(scheme);
    const names = (operation.parameters ?? []).map(({ name }: { name: string }) => name);
    expect(names).toContain(parameter);
  });

  it('takes bodies from the schemas that validate them', () => {
    const body = new Map(operations()).get('post /admin/v1/tenants').requestBody.content['application/json'].schema;
    expect(body).toEqual({ $ref: '#/components/schemas/NewTenant' });
    const { properties, required, additionalProperties } = document.components.schemas.NewTenant;
    expect(Object.keys(properties)).toContain('allowed_models');
    expect([required, additionalProperties]).toEqual([['name'], false]);
  });

  it('tells the truth about what is answered', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'a', guardrail: { id: 'g', version: '1' } },
    });
    const keys = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const key = await gateway.call('POST', keys, { body: { name: 'k', allowed_endpoints: ['chat'] } });
    const targets = [{ model: 'amazon.nova-lite-v1:0' }];
    const alias = await gateway.call('POST', '/admin/v1/aliases', { body: { name: 'smart', targets } });
    const answers: [string, unknown][] = [
      ['Tenant', tenant.body],
      ['TenantList', (await gateway.call('GET', '/admin/v1/tenants')).body],
      ['IssuedKey', key.body],
      ['KeyList', (await gateway.call('GET', keys)).body],
      ['Key', (await gateway.call('DELETE', `${keys}/${key.body.id}`)).body],
      ['AdminKeyList', (await gateway.call('GET', '/admin/v1/admin-keys')).body],
      ['ModelGroup', (await gateway.call('PUT', '/admin/v1/model-groups/g', { body: { patterns: ['a'] } })).body],
      ['ModelAlias', alias.body],
      ['ModelAliasList', (await gateway.call('GET', '/admin/v1/aliases')).body],
      ['ModelGroupList', (await gateway.call('GET', '/admin/v1/model-groups')).body],
      ['PriceList', (await gateway.call('GET', '/admin/v1/prices')).body],
      ['LockedMonth', (await gateway.call('POST', '/admin/v1/months/2026-01/lock')).body],
      ['LockedMonthList', (await gateway.call('GET', '/admin/v1/months')).body],
      ['RerateResult', (await gateway.call('POST', '/admin/v1/rerate', { body: RANGE })).body],
      ['UsageReport', (await gateway.call('GET', '/admin/v1/usage?group_by=tenant')).body],
      ['CostReport', (await gateway.call('GET', '/admin/v1/costs?group_by=day')).body],
      ['Readiness', (await gateway.call('GET', '/readyz')).body],
      ...(await Promise.all(
        ORGANIZATION.map(async ([name = '', path]): Promise<[string, unknown]> => {
          return [name, (await gateway.call('GET', `/v1/organization/${path}?start_time=1760000000`)).body];
        }),
      )),
      ['AuditList', (await gateway.call('GET', '/admin/v1/audit')).body],
      ['AuditVerdict', (await gateway.call('GET', '/admin/v1/audit/verify')).body],
      ['Error', (await gateway.call('GET', '/admin/v1/tenants/none')).body],
    ];
    for (const [name, body] of answers) {
      const validate = ajv.getSchema(`openapi#/components/schemas/${name}`)!;
      expect([name, validate(body), validate.errors]).toEqual([name, true, null]);
    }
  });
});

describe('what the data plane answers', () => {
  let live: TestGateway;

  beforeAll(async () => {
    live = await startTestGateway();
  });

  afterAll(() => live.close());

  it.each([
    ['ModelList', 'GET', '/v1/models', undefined],
    ['Model', 'GET', '/v1/models/us.anthropic.claude-sonnet-4-6', undefined],
    ['TokenCount', 'POST', '/v1/tokens/count', { model: 'us.anthropic.claude-sonnet-4-6', messages: MESSAGES }],
    ['ChatCompletion', 'POST', '/v1/chat/completions', { model: 'amazon.nova-lite-v1:0', messages: MESSAGES }],
    ['EmbeddingList', 'POST', '/v1/embeddings', { model: 'amazon.titan-embed-text-v2:0', input: 'hi' }],
    ['Reranking', 'POST', '/v1/rerank', { model: 'amazon.rerank-v1:0', query: 'a', documents: ['b'] }],
    [
      'Moderation',
      'POST',
      '/v1/moderations',
      { input: 'hi', guardrailConfig: { guardrailIdentifier: GUARDRAIL_ID, guardrailVersion: 'DRAFT' } },
    ],
  ])('is the documented %s', async (name, method, path, body) => {
    const answer = await live.call(method, path, { key: live.tenantKey, body });
    const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
    expect([answer.status, validate?.(answer.body), validate?.errors]).toEqual([200, true, null]);
  });
});

describe('/docs', () => {
  it('shows the document to people', async () => {
    const response = await fetch(`${gateway.baseUrl}/docs`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Bedrock gateway');
  });

  it('answers a failure as JSON that says so, whatever was asked for', async () => {
    const headers = { range: 'bytes=99999999-' };
    const response = await fetch(`${gateway.baseUrl}/docs/swagger-ui.css`, { headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([416, 'application/json; charset=utf-8']);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});
