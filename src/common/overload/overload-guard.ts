import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { presentedSecret } from '../../auth/presented-secret.js';
import { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { onClose } from '../http/on-close.js';
import { Shutdown } from '../shutdown/shutdown.js';
import { LoadShares } from './load-shares.js';
import { writeRefusal } from './refusal.js';
import { Turns } from './turns.js';

/** Health, metrics and the operators' API must answer above all when there is too much to do. */
const ALWAYS = /^\/(?:healthz|readyz|metrics|admin\/)/i;
/** Body that takes about as much work again as a small request. */
const BYTES_PER_COST = 100_000;
const LOG_EVERY_MS = 10_000;

/** Early refusal of what cannot be served in time, fair between tenants. */
@Injectable()
export class OverloadGuard {
  private readonly logger = new Logger(OverloadGuard.name);
  private readonly turns: Turns;
  private readonly refused;
  private running = 0;
  private refusedSinceLog = 0;
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly config: AppConfig,
    private readonly shares: LoadShares,
    private readonly shutdown: Shutdown,
    metrics: Metrics,
  ) {
    this.turns = new Turns({ waitingMax: config.queueMax, waitMaxMs: config.queueWaitMaxMs });
    metrics.gauge('gateway_requests_waiting', 'Requests that wait for their turn.', () => this.turns.waiting);
    const refused = metrics.counter({
      name: 'gateway_requests_refused_total',
      help: 'Requests that were refused early because there was too much to do.',
      labelNames: ['reason'],
    });
    this.refused = { in_flight: refused.labels('in_flight'), queue: refused.labels('queue') };
  }

  /** Calls `serve` when it is the request's turn, or answers that there is too much to do. Goes before all else. */
  readonly admit = (request: IncomingMessage, response: ServerResponse, serve: () => void): void => {
    if (ALWAYS.test(request.url ?? '')) {
      serve();
      return;
    }
    if (this.running + this.turns.waiting >= this.config.inFlightMax) {
      this.refuse('in_flight', request, response);
      return;
    }
    const start = () => {
      // Who has left meanwhile is owed nothing.
      if (response.destroyed) return;
      this.running += 1;
      onClose(response, () => (this.running -= 1));
      serve();
    };
    const { headers } = request;
    const cost = 1 + Number(headers['content-length'] ?? 0) / BYTES_PER_COST;
    const owner = this.shares.ownerOf(presentedSecret(headers));
    this.turns.take(owner, cost, start, () => this.refuse('queue', request, response));
  };

  /** Nothing begins while this is so: something that all requests need in the end cannot keep up. */
  holdWhile(isBehind: () => boolean): void {
    this.turns.holdWhile(isBehind);
  }

  private refuse(reason: keyof typeof this.refused, request: IncomingMessage, response: ServerResponse): void {
    this.refused[reason].inc();
    writeRefusal(request, response, this.shutdown.isUnderWay);
    this.log();
  }

  /** A line for each refusal would be work for those that are served. */
  private log(): void {
    this.refusedSinceLog += 1;
    const now = performance.now();
    if (now - this.loggedAt > LOG_EVERY_MS) {
      this.logger.warn({ refused: this.refusedSinceLog }, 'requests are refused: there is too much to do');
      this.loggedAt = now;
      this.refusedSinceLog = 0;
    }
  }
}
