import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BedrockError } from '../errors/bedrock-error.js';
import { runCall } from '../operations/attempt.js';
import { findRuntimeRoute } from '../operations/routes.js';
import type { SandboxState } from '../operations/sandbox-state.js';
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
  const exchange = new Exchange(request, response, url, body, randomUUID());
  try {
    await route(state, defaultRegion, exchange);
  } catch (error) {
    const known =
      error instanceof BedrockError ? error : new BedrockError('InternalServerException', `Sandbox: ${String(error)}`);
    await respondError(exchange, known);
  }
}

async function route(state: SandboxState, defaultRegion: string, exchange: Exchange): Promise<void> {
  const { pathname } = exchange.url;
  if (pathname === CONTROL_PREFIX || pathname.startsWith(`${CONTROL_PREFIX}/`)) return answerControl(state, exchange);
  const region = readAuthorization(exchange.header('authorization')) ?? defaultRegion;
  const found = exchange.request.method === 'POST' ? findRuntimeRoute(pathname) : undefined;
  if (!found) return exchange.json(404, UNKNOWN_OPERATION);
  const { operation, modelId, answer } = found;
  return runCall(state.journal, exchange, { operation, modelId, region }, (call) => answer(state, call));
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
