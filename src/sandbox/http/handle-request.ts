import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findControlPlaneRoute } from '../control-plane/routes.js';
import { BedrockError, validationError } from '../errors/bedrock-error.js';
import { answerInstead, answerRaw, runCall } from '../operations/attempt.js';
import { findRuntimeRoute } from '../operations/routes.js';
import type { SandboxState } from '../operations/sandbox-state.js';
import { answerSts, isSts } from '../sts/assume-role.js';
import { readAuthorization } from './authorization.js';
import { answerControl, CONTROL_PREFIX } from './control.js';
import { Exchange } from './exchange.js';
import { respondError } from './respond.js';

/** The service's own answer to a path that it does not know. */
const UNKNOWN_OPERATION = {
  Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
  Version: '1.0',
};

export async function handleRequest(
  state: SandboxState,
  defaultRegion: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBytes(request);
  if (!body) return;
  const url = new URL(request.url ?? '/', 'http://sandbox');
  state.onRequest?.({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
  const exchange = new Exchange(request, response, url, body, randomUUID());
  state.exchanges.add(exchange);
  try {
    await route(state, defaultRegion, exchange);
  } catch (error) {
    if (response.headersSent) exchange.reset();
    else await respondError(exchange, toBedrockError(error));
  } finally {
    state.exchanges.delete(exchange);
  }
}

function toBedrockError(error: unknown): BedrockError {
  if (error instanceof BedrockError) return error;
  if (error instanceof URIError) return validationError('The provided model identifier is invalid.');
  return new BedrockError('InternalServerException', `Sandbox: ${String(error)}`);
}

async function route(state: SandboxState, defaultRegion: string, exchange: Exchange): Promise<void> {
  const { pathname } = exchange.url;
  if (pathname === CONTROL_PREFIX || pathname.startsWith(`${CONTROL_PREFIX}/`)) return answerControl(state, exchange);
  if (isSts(exchange)) return answerSts(state, exchange);
  const { region = defaultRegion, accessKeyId = null } = readAuthorization(exchange.header('authorization'));
  if (exchange.request.method === 'GET') return answerControlPlane(state, exchange, region);
  const found = exchange.request.method === 'POST' ? findRuntimeRoute(pathname) : undefined;
  if (!found) return exchange.json(404, UNKNOWN_OPERATION);
  const { operation, modelId, answer } = found;
  return runCall(state.journal, exchange, { operation, modelId, region, accessKeyId }, (call) => answer(state, call));
}

/** Lists bill nothing and stand in no journal. Only a script that names their operation touches them. */
async function answerControlPlane(state: SandboxState, exchange: Exchange, region: string): Promise<void> {
  const found = findControlPlaneRoute(exchange.url.pathname);
  if (!found) return exchange.json(404, UNKNOWN_OPERATION);
  const behaviour = state.script.takeFor(found.operation);
  if (behaviour && ((await answerRaw(exchange, behaviour)) ?? (await answerInstead(exchange, behaviour)))) return;
  const { applicationProfiles } = state;
  await exchange.json(200, found.answer({ region, query: exchange.url.searchParams, applicationProfiles }));
}

/** Undefined when the client left before its request was whole. */
async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}
