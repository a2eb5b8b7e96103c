import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From an answer out of memory to a generation of ten minutes. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** What an operator watches. Labels are few and fixed: never a key, a tenant, a model name sent by a client. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly duration = new Histogram({
    name: 'gateway_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [this.registry],
  });
  private readonly inFlight = new Gauge({
    name: 'gateway_http_requests_in_flight',
    help: 'Requests whose answer has not ended.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Call the answer when the request has ended; `route` is the pattern, not the path. */
  begin(): (method: string, route: string, status: number) => void {
    this.inFlight.inc();
    const startedAt = performance.now();
    return (method, route, status) => {
      this.inFlight.dec();
      this.duration.observe({ method, route, status }, (performance.now() - startedAt) / 1000);
    };
  }

  /** Everything in Prometheus' text format. */
  render(): Promise<string> {
    return this.registry.metrics();
  }
}
