import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { knownMethod } from '../common/http/known-method.js';
import { routeOf } from '../common/http/route-of.js';
import { toldStatus } from '../common/http/told-status.js';
import { DURATION_BUCKETS_SECONDS, Metrics } from './metrics.js';
import { UpstreamTimes } from './upstream-times.js';
import { onClose } from '../common/http/on-close.js';

const OVERHEAD_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Requests as clients see them: how many run, how long they take, and how much of that is the gateway's own time. */
@Injectable()
export class HttpMetrics {
  private readonly duration;
  private readonly overhead;
  private inFlight = 0;

  constructor(
    metrics: Metrics,
    private readonly upstream: UpstreamTimes,
  ) {
    this.duration = metrics.histogram({
      name: 'gateway_http_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.overhead = metrics.histogram({
      name: 'gateway_overhead_seconds',
      help: 'What the gateway adds to a request that went to Bedrock: its duration without the time of the attempts.',
      labelNames: ['route'],
      buckets: OVERHEAD_BUCKETS_SECONDS,
    });
    metrics.gauge('gateway_http_requests_in_flight', 'Requests whose answer has not ended.', () => this.inFlight);
  }

  /** Express middleware. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const { requestId, startedAt, method } = request as GatewayRequest;
    this.inFlight += 1;
    this.upstream.watch(requestId);
    // 'close' comes once, also when the client leaves before the end.
    onClose(response, () => {
      this.inFlight -= 1;
      const route = routeOf(request) ?? 'none';
      const totalMs = performance.now() - startedAt;
      const labels = { method: knownMethod(method), route, status: toldStatus(response) };
      this.duration.observe(labels, totalMs / 1000);
      const upstreamMs = this.upstream.take(requestId);
      if (upstreamMs !== null) this.overhead.observe({ route }, Math.max(0, totalMs - upstreamMs) / 1000);
    });
    next();
  };
}
