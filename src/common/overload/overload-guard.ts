import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { presentedSecret } from '../../auth/presented-secret.js';
import { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { setCorsHeaders } from '../http/cors.js';
import { onClose } from '../http/on-close.js';
import { giveId } from '../http/request-context.js';
import { Shutdown } from '../shutdown/shutdown.js';
import { LoadShares } from './load-shares.js';
import { isOver, Refusals, type RefusalReason } from './refusals.js';
import { Turns } from './turns.js';

/** Health, metrics and the operators' API must answer above all when there is too much to do. */
const ALWAYS = /^\/(?:healthz?|readyz|metrics|admin\/)/i;
/** Body that takes about as much work again as a small request. */
const BYTES_PER_COST = 100_000;

/** Early refusal of what cannot be served in time, fair between tenants. */
@Injectable()
export class OverloadGuard {
  private readonly turns: Turns;
  private running = 0;

  constructor(
    private readonly config: AppConfig,
    private readonly shares: LoadShares,
    private readonly refusals: Refusals,
    private readonly shutdown: Shutdown,
    metrics: Metrics,
  ) {
    this.turns = new Turns({
      waitingMax: config.queueMax,
      waitMaxMs: config.queueWaitMaxMs,
      room: () => config.inFlightMax - this.running,
    });
    shutdown.onTimeOver(() => this.turns.startAll());
    metrics.gauge('gateway_requests_waiting', 'Requests that wait for their turn.', () => this.turns.waiting);
  }

  /** Calls `serve` when it is the request's turn, or answers that there is too much to do. Goes before all else. */
  readonly admit = (request: IncomingMessage, response: ServerResponse, serve: () => void): void => {
    if (this.shutdown.isTimeOver || ALWAYS.test(request.url ?? '') || this.isPreflight(request)) {
      serve();
      return;
    }
    const start = () => {
      if (isOver(response)) return;
      this.running += 1;
      onClose(response, () => (this.running -= 1));
      serve();
    };
    const { headers } = request;
    const cost = 1 + Number(headers['content-length'] ?? 0) / BYTES_PER_COST;
    const owner = this.shares.ownerOf(presentedSecret(headers));
    this.turns.take(owner, cost, start, (reason) => this.refuse(reason, request, response));
  };

  /** Call it for every new connection: those that wait to be accepted go before requests. */
  readonly connected = (): void => this.turns.connected();

  /** Nothing begins while this is so: something that all requests need in the end cannot keep up. */
  holdWhile(isBehind: () => boolean): void {
    this.turns.holdWhile(isBehind);
  }

  /** A browser that is refused here does not even show its page that it was, and it asks again with every call. */
  private isPreflight({ method, headers }: IncomingMessage): boolean {
    const isAsked = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
    return isAsked && this.config.corsOrigins.length > 0;
  }

  private refuse(reason: RefusalReason, request: IncomingMessage, response: ServerResponse): void {
    if (isOver(response)) return;
    giveId(request, response);
    setCorsHeaders(this.config, request.headers.origin, response);
    this.refusals.refuse(reason, request, response);
  }
}
