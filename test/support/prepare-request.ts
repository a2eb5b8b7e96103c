import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { ChatFamilies } from '../../src/bedrock/families/chat-families.js';
import type { PrepareContext, PreparedConverse } from '../../src/bedrock/families/chat-family.js';
import { CHAT_FAMILIES } from '../../src/bedrock/families/index.js';
import { toErrorBody } from '../../src/common/errors/error-body.js';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import type { ModelEntry } from '../../src/models/model-entry.js';
import { resolveUnlisted } from '../../src/models/resolve-model.js';
import { chatRequestSchema, type ChatRequest } from '../../src/openai/chat-request.schema.js';
import { toInvalidRequest } from '../../src/openai/validation-issue.js';
import type { Observation } from './assertions.js';

const families = new ChatFamilies(CHAT_FAMILIES.map((Family) => new Family()));

/** A request without remote files and without the gateway's own metadata, under the default settings. */
export const BARE_CONTEXT: PrepareContext = { media: new Map(), requestMetadata: {}, s3Locations: [['*']] };

/** The entry of a model id, resolved by its text alone. */
export function modelEntry(id: string): ModelEntry {
  return { requestedId: id, ...resolveUnlisted(id, 'us-east-1') };
}

/** @throws GatewayError as the validation pipe does */
export function parseRequest(body: unknown): ChatRequest {
  const parsed = chatRequestSchema.safeParse(body);
  if (!parsed.success) {
    throw toInvalidRequest(parsed.error.issues);
  }
  return parsed.data;
}

/** Validation, then the family's mapping: the way of a request up to the call. */
export function prepareRequest(modelId: string, body: unknown, context = BARE_CONTEXT): PreparedConverse {
  const model = modelEntry(modelId);
  return families.for(model).prepare(parseRequest(body), model, context);
}

/** A Converse call as it would leave the process. */
export interface WireRequest {
  path: string;
  body: Record<string, unknown>;
}

/** What the SDK would send for a prepared request. Nothing is sent. */
export async function toWire({ input }: PreparedConverse): Promise<WireRequest> {
  let sent: WireRequest | undefined;
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: {
      handle: ({ path, body }: { path: string; body: string | Uint8Array }) => {
        const text =
          typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
        sent = { path, body: JSON.parse(text) as Record<string, unknown> };
        return Promise.reject(new Error('nothing is sent'));
      },
    },
  });
  const failure: unknown = await client.send(new ConverseCommand(input)).catch((error: unknown) => error);
  if (sent === undefined) {
    throw new Error('The SDK refused the request before it was sent.', { cause: failure });
  }
  return sent;
}

/** The body of the Converse request of a case, and its path; or the error that the client gets. */
export async function observeRequest(modelId: string, body: unknown): Promise<Observation> {
  const startedAt = performance.now();
  try {
    const prepared = prepareRequest(modelId, body);
    const elapsedMs = performance.now() - startedAt;
    const wire = await toWire(prepared);
    return { status: 200, body: { ...wire.body, url_path: wire.path }, elapsedMs };
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      throw error;
    }
    return { status: error.status, body: toErrorBody(error) };
  }
}
