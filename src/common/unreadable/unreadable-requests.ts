import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { toErrorBody } from '../errors/error-body.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Connection } from '../http/connection.js';
import { setCorsHeaders } from '../http/cors.js';
import type { GatewayRequest } from '../http/gateway-request.js';
import { onClose } from '../http/on-close.js';
import { giveId } from '../http/request-context.js';
import { writeJson } from '../http/write-json.js';
import { BoundedLog } from './bounded-log.js';
import { originOf, TOO_LATE, toRefusal, type UnreadableError } from './to-refusal.js';

/** Anybody can send bytes that are no request, and as many as they like. */
const LINES_PER_SECOND = 10;
/** How long a connection stays for its last answer: one that is closed with unread bytes can lose it. */
const LINGER_MS = 1_000;

/** What is kept of an error until it is answered. */
interface Fault {
  code: string | undefined;
  origin: string | undefined;
}

interface Line {
  requestId: string;
  code: string | null;
  res: { status: number };
}

/** Answers what the server cannot read as a request as any other failure is answered, and ends the connection. */
@Injectable()
export class UnreadableRequests {
  private readonly logger = new Logger(UnreadableRequests.name);
  private readonly log = new BoundedLog<Line>(
    LINES_PER_SECOND,
    (line) => this.logger.log(line, 'request unreadable'),
    (unreadable) => this.logger.warn({ unreadable }, 'more requests were unreadable'),
  );
  private readonly counter: Counter<'code'>;
  /** Node reads on after an error, and tells of each further packet: only the first error is answered. */
  private readonly refused = new WeakSet<Socket>();

  constructor(
    private readonly config: AppConfig,
    metrics: Metrics,
  ) {
    this.counter = metrics.counter({
      name: 'gateway_requests_unreadable_total',
      help: 'Requests that were not valid HTTP, too large in their headers, or too slow to arrive.',
      labelNames: ['code'],
    });
  }

  /** From here on, whatever the server cannot read is answered here. */
  watch(server: Server): void {
    server.on('clientError', (error: UnreadableError, socket) => this.take(error, socket as Connection));
    // Without a listener such a connection is closed without a word.
    server.on('connect', (request, socket) => this.refuseTunnel(request, socket as Connection));
  }

  private take(error: UnreadableError, socket: Connection): void {
    if (error.code === 'ECONNRESET') {
      socket.destroy();
    } else if (error.code === TOO_LATE && socket.bytesRead === 0) {
      this.keepUnused(socket);
    } else if (!this.refused.has(socket)) {
      this.refused.add(socket);
      // An answer may be long in coming, and the error holds the bytes of its packet.
      this.answer({ code: error.code, origin: originOf(error) }, socket);
    }
  }

  /**
   * Proxies and browsers open connections ahead of their requests. One that is answered unasked may just be sending the
   * first, so it is kept for as long as one between two requests, and ended without a word. Node, which has told of it as too
   * late, no longer watches it until a request begins.
   */
  private keepUnused(socket: Connection): void {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = this.config;
    const age = Math.min(headersTimeoutMs, requestTimeoutMs);
    const end = setTimeout(
      () => {
        if (socket.bytesRead === 0) socket.destroy();
      },
      Math.max(0, keepAliveTimeoutMs - age),
    );
    socket.once('close', () => clearTimeout(end));
  }

  private answer(fault: Fault, socket: Connection): void {
    const { _httpMessage: answer } = socket;
    if (!socket.writable) {
      socket.destroy();
    } else if (answer == null) {
      const request = new IncomingMessage(socket);
      request.headers.origin = fault.origin;
      this.refuse(request, toAnswer(request, socket), toRefusal(fault.code));
    } else if (answer.req.complete) {
      // What came before it is a request, and its answer comes first.
      onClose(answer, () => this.answer(fault, socket));
    } else if (answer.headersSent) {
      socket.destroy();
    } else {
      this.refuse(answer.req, answer, toRefusal(fault.code));
    }
  }

  private refuseTunnel(request: IncomingMessage, socket: Connection): void {
    // From here on nobody else listens.
    socket.on('error', () => undefined).resume();
    const message = 'CONNECT is not served: this is no proxy.';
    const fields = { status: 405, type: 'invalid_request_error', code: 'method_not_supported', headers: { allow: '' } };
    this.refuse(request, toAnswer(request, socket), new GatewayError(message, fields));
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    const { status, code } = error;
    this.counter.inc({ code: code ?? '' });
    // A request whose headers were read may have come through everything that each request passes.
    if (!response.hasHeader('x-request-id')) {
      giveId(request, response);
      setCorsHeaders(this.config, request.headers.origin, response);
      this.log.note({ requestId: (request as GatewayRequest).requestId, code, res: { status } });
    }
    linger(request.socket);
    response.statusCode = status;
    response.setHeaders(new Map(Object.entries({ ...error.headers, connection: 'close' })));
    writeJson(response, toErrorBody(error));
  }
}

/** An answer to what Node has made no request of. */
function toAnswer(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  return response.once('finish', () => socket.destroySoon());
}

/** What Node calls after the last answer. */
function linger(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}
