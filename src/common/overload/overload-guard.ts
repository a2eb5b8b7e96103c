import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { presentedSecret } from '../../auth/presented-secret.js';
import { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { GatewayError } from '../errors/gateway-error.js';
import { LoadShares } from './load-shares.js';
import { Turns } from './turns.js';
import { onClose } from '../http/on-close.js';

const RETRY_AFTER_SECONDS = 1;
/** Health, metrics and the operators' API must answer above all when there is too much to do. */
const ALWAYS = /^\/(?:healthz|readyz|metrics|admin\/)/i;

/** Early refusal of what cannot be served in time, fair between tenants. */
@Injectable()
export class OverloadGuard {
  private readonly turns: Turns;
  private readonly refused;
  private running = 0;

  constructor(
    private readonly config: AppConfig,
    private readonly shares: LoadShares,
    metrics: Metrics,
  ) {
    this.turns = new Turns({ waitingMax: config.queueMax });
    metrics.gauge('gateway_requests_waiting', 'Requests that wait for their turn.', () => this.turns.waiting);
    this.refused = metrics.counter({
      name: 'gateway_requests_refused_total',
      help: 'Requests that were refused early because there was too much to do.',
      labelNames: ['reason'],
    });
  }

  /** Express middleware, before anything that costs time. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    if (ALWAYS.test(request.path)) {
      next();
      return;
    }
    if (this.running >= this.config.inFlightMax) {
      this.refuse('in_flight', next);
      return;
    }
    this.running += 1;
    onClose(response, () => (this.running -= 1));
    const start = () => {
      // Who has left meanwhile is owed nothing.
      if (!response.destroyed) next();
    };
    const owner = this.shares.ownerOf(presentedSecret(request.headers), request.socket.remoteAddress);
    this.turns.take(owner, start, () => this.refuse('queue', next));
  };

  private refuse(reason: string, next: NextFunction): void {
    this.refused.inc({ reason });
    next(overloaded());
  }
}

function overloaded(): GatewayError {
  return new GatewayError('The gateway has too much to do at the moment. Try again shortly.', {
    status: 503,
    type: 'server_error',
    code: 'overloaded',
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS), 'x-should-retry': 'true' },
  });
}
