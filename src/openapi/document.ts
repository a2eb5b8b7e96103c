import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { ownUsageSchema } from '../usage/usage.schema.js';
import {
  chatCompletionChunkSchema,
  chatCompletionSchema,
  completionSchema,
  embeddingListSchema,
  errorSchema,
  modelListSchema,
  modelSchema,
  moderationSchema,
  readinessSchema,
  rerankingSchema,
  tokenCountSchema,
} from './data-plane.schema.js';
import { convertSchema, toJsonSchema } from './schema-converter.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Content = Record<string, z.ZodType>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const [DATA_PLANE_PREFIX, ...DATA_PLANE_ALIASES] = DATA_PLANE_PREFIXES;

/** What every route outside the administration does and answers; the schemas of their bodies are their own. */
const ROUTES: Readonly<Record<string, { summary: string; answer: Content; wildcard?: string }>> = {
  [`post /${DATA_PLANE_PREFIX}/chat/completions`]: {
    summary: 'Answer a conversation',
    answer: { 'application/json': chatCompletionSchema, 'text/event-stream': chatCompletionChunkSchema },
  },
  [`post /${DATA_PLANE_PREFIX}/completions`]: {
    summary: 'Continue a text',
    answer: { 'application/json': completionSchema, 'text/event-stream': completionSchema },
  },
  [`post /${DATA_PLANE_PREFIX}/embeddings`]: {
    summary: 'Turn texts into vectors',
    answer: { 'application/json': embeddingListSchema },
  },
  [`post /${DATA_PLANE_PREFIX}/rerank`]: {
    summary: 'Order documents by their relevance to a query',
    answer: { 'application/json': rerankingSchema },
  },
  'post /v2/rerank': {
    summary: 'Order documents by their relevance to a query',
    answer: { 'application/json': rerankingSchema },
  },
  'get /metrics': { summary: 'Read metrics for Prometheus', answer: { 'text/plain': z.string() } },
  'get /': { summary: 'Say what serves here', answer: { 'application/json': z.object({ service: z.string() }) } },
  'get /healthz': {
    summary: 'Say whether the process serves',
    answer: { 'application/json': z.object({ status: z.literal('ok') }) },
  },
  'get /health': {
    summary: 'Say whether the process serves, as the predecessor does',
    answer: { 'application/json': z.object({ status: z.literal('OK') }) },
  },
  'get /readyz': { summary: 'Say whether requests can be served', answer: { 'application/json': readinessSchema } },
  [`get /${DATA_PLANE_PREFIX}/usage`]: {
    summary: 'Read what the key and its tenant have used, and what is left of their budgets',
    answer: { 'application/json': ownUsageSchema },
  },
  [`post /${DATA_PLANE_PREFIX}/moderations`]: {
    summary: 'Judge texts by a guardrail',
    answer: { 'application/json': moderationSchema },
  },
  [`post /${DATA_PLANE_PREFIX}/tokens/count`]: {
    summary: 'Count the tokens of a conversation before it is sent',
    answer: { 'application/json': tokenCountSchema },
  },
  [`get /${DATA_PLANE_PREFIX}/models`]: {
    summary: 'List the models that can be called',
    answer: { 'application/json': modelListSchema },
  },
  [`get /${DATA_PLANE_PREFIX}/models/{id}`]: {
    summary: 'Read a model',
    answer: { 'application/json': modelSchema },
    wildcard: 'id',
  },
};

const DESCRIPTION = `OpenAI-compatible access to Amazon Bedrock, and its administration. The routes of the data plane are
also served under ${DATA_PLANE_ALIASES.map((prefix) => `\`/${prefix}\``).join(' and ')}. Errors have OpenAI's shape.`;

/** The OpenAPI 3.1 document of the whole app, made from the schemas that validate its requests. */
export function buildDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Bedrock gateway')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addSecurity('tenantKey', { type: 'http', scheme: 'bearer', description: "A tenant's key, `sk-…`." })
    .addSecurity('tenantKeyHeader', { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same.' })
    .addSecurity('adminKey', {
      type: 'http',
      scheme: 'bearer',
      description: "An operator's key, `ak-…`, or an OpenID Connect token.",
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, { standardSchemaConverter: convertSchema });
  document.paths = Object.fromEntries(Object.entries(document.paths).flatMap(([path, item]) => toPath(path, item)));
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(document, method, path, operation);
    }
  }
  const operations = Object.values(document.paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));
  document.tags = [...new Set(operations.flatMap(({ tags }) => tags ?? []))].sort().map((name) => {
    const own = operations.filter(({ tags }) => tags?.includes(name));
    return { name, description: `${[...new Set(own.map(({ summary }) => summary))].join('. ')}.` };
  });
  return document;
}

/** Aliases are left out, and a wildcard parameter is written as any other. */
function toPath(path: string, item: OpenAPIObject['paths'][string]): [string, OpenAPIObject['paths'][string]][] {
  if (DATA_PLANE_ALIASES.some((prefix) => path.startsWith(`/${prefix}/`))) return [];
  return [[path.replace(/\*(\w+)|\{\*(\w+)\}/, (_, bare?: string, braced?: string) => `{${bare ?? braced}}`), item]];
}

function complete(document: OpenAPIObject, method: string, path: string, operation: Operation): void {
  const known = ROUTES[`${method} ${path}`];
  if (known) {
    operation.summary = known.summary;
    // A wildcard may hold slashes, which OpenAPI has no word for, so it is not documented by itself.
    if (known.wildcard)
      operation.parameters = [{ name: known.wildcard, in: 'path', required: true, schema: { type: 'string' } }];
    operation.responses = { 200: { description: known.summary, content: toContent(document, known.answer) } };
  }
  operation.security ??= [{ tenantKey: [] }, { tenantKeyHeader: [] }];
  operation.description ??= toDescription(operation);
  operation.responses['4XX'] = {
    description: 'An error',
    content: toContent(document, { 'application/json': errorSchema }),
  };
  if (method === 'post' && !path.endsWith('/tokens/count')) {
    const condition = path.startsWith('/admin/') ? '' : ' Where `IDEMPOTENT_REPLAYS` is set.';
    operation.parameters = [
      ...(operation.parameters ?? []),
      {
        name: 'idempotency-key',
        in: 'header',
        required: false,
        description: `The same key with the same request gets the first answer again, for a day.${condition}`,
        schema: { type: 'string', maxLength: 255 },
      },
    ];
  }
}

function toDescription({ summary, security, ...operation }: Operation): string {
  const role = (operation as { 'x-required-role'?: string })['x-required-role'];
  const isPublic = security?.some((requirement) => Object.keys(requirement).length === 0);
  const needs = role === undefined ? "a tenant's key" : `an operator with at least the role \`${role}\``;
  return `${summary}. Needs ${isPublic ? 'no key' : needs}.`;
}

function toContent(document: OpenAPIObject, content: Content) {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: toComponent(document, schema) }]),
  );
}

function toComponent(document: OpenAPIObject, schema: z.ZodType) {
  const { schema: reference, components } = toJsonSchema(schema, 'output');
  const rewritten = JSON.parse(
    JSON.stringify({ reference, components }).replaceAll('#/$defs/', '#/components/schemas/'),
  ) as {
    reference: { $ref: string };
    components: NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
  };
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...rewritten.components },
  };
  return rewritten.reference;
}
