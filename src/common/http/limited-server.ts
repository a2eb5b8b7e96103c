import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { AppConfig } from '../../config/app-config.js';
import type { GatewayRequest } from './gateway-request.js';
import { writeJson } from './write-json.js';

type Limits = Pick<
  AppConfig,
  'headersTimeoutMs' | 'requestTimeoutMs' | 'keepAliveTimeoutMs' | 'clientStallTimeoutMs' | 'maxHeaderKb'
>;

/** Node looks for connections beyond a limit every 30 s unless told otherwise. */
const CHECK_MS_MAX = 1_000;
const CHECKS_PER_LIMIT = 4;
/** Connections that wait to be accepted. Whoever is one too many tries again after a second. Systems allow 4096 by default. */
const BACKLOG = 4_096;

/** Decides whether, and when, a request is served. */
export type Gate = (request: IncomingMessage, response: ServerResponse, serve: () => void) => void;

/** Express on a server that waits for no client without an end, behind a gate. */
export class LimitedExpressAdapter extends ExpressAdapter {
  private gate: Gate = (_request, _response, serve) => serve();

  constructor(private readonly limits: Limits) {
    super();
  }

  override initHttpServer(): void {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, clientStallTimeoutMs, maxHeaderKb } = this.limits;
    const headersTimeout = Math.min(headersTimeoutMs, requestTimeoutMs);
    const options = {
      headersTimeout,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: maxHeaderKb * 1024,
      connectionsCheckingInterval: Math.min(CHECK_MS_MAX, Math.ceil(headersTimeout / CHECKS_PER_LIMIT)),
      // Node would answer without a body.
      requireHostHeader: false,
    };
    const serve = this.getInstance<RequestListener>();
    const receive: RequestListener = (request, response) => {
      noteStart(request);
      if (clientStallTimeoutMs > 0) cutWhenStalled(clientStallTimeoutMs, request.socket, response);
      this.gate(request, response, () => serve(request, response));
    };
    const server = createServer(options, receive);
    // The same: what is expected in vain is refused like anything else.
    server.on('checkExpectation', receive);
    // Who asks before it sends a long body learns of a refusal first: only who reads the body tells it to go on.
    server.on('checkContinue', (request, response) => {
      (request as GatewayRequest).awaitsContinue = true;
      receive(request, response);
    });
    this.setHttpServer(server);
  }

  /** Of the framework only `listen` knows the address, and nothing of a backlog. */
  override listen(port: string | number, ...hostAndCallback: unknown[]): Server {
    const [host, callback] = hostAndCallback as [string, () => void];
    return (this.getHttpServer() as Server).listen({ port: Number(port), host, backlog: BACKLOG }, callback);
  }

  /** From here on every request passes it, before anything else is done for it. */
  setGate(gate: Gate): void {
    this.gate = gate;
  }

  /** What a handler answers is written as it is: the checks that Express makes first are for other kinds of answers. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!isPlainAnswer(response, body)) return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.statusCode = statusCode;
    return writeJson(response, body);
  }
}

/** A wait for the gate is a part of the request's time, and of what its client has left. */
function noteStart(request: IncomingMessage): void {
  (request as GatewayRequest).startedAt = performance.now();
}

/**
 * Ends a connection whose client takes nothing of what is ready for it. Where nothing is, as while Bedrock thinks, it stays.
 * Every piece that the client takes counts, also of a single long write. After the answer Node has another limit.
 */
function cutWhenStalled(afterMs: number, connection: Socket, response: ServerResponse): void {
  connection.setTimeout(afterMs);
  response.on('timeout', destroyIfBehind);
}

function destroyIfBehind(connection: Socket): void {
  if (connection.writableLength > 0) connection.destroy();
}

function isPlainAnswer(response: Response, body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const prototype: unknown = Object.getPrototypeOf(body);
  const isPlain = prototype === Object.prototype || prototype === Array.prototype;
  return isPlain && response.req.method === 'POST' && !response.headersSent && !response.hasHeader('content-type');
}
