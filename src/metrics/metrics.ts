import cluster from 'node:cluster';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type HistogramConfiguration,
} from 'prom-client';
import { ClusterMetrics } from './cluster-metrics.js';

/** From an answer out of memory to a generation of a quarter of an hour; closest where models begin to answer. */
export const DURATION_BUCKETS_SECONDS = [
  0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 900,
];

/**
 * What an operator watches, in one registry per application. Labels are few and fixed: never a key, a tenant, or a
 * model name that a client sent.
 */
@Injectable()
export class Metrics implements OnApplicationBootstrap {
  readonly registry = new Registry();

  private readonly ofAllWorkers = cluster.isWorker ? new ClusterMetrics(this.registry) : undefined;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  onApplicationBootstrap(): void {
    this.ofAllWorkers?.announce();
  }

  counter<T extends string>(configuration: Omit<CounterConfiguration<T>, 'registers'>): Counter<T> {
    return new Counter({ ...configuration, registers: [this.registry] });
  }

  histogram<T extends string>(configuration: Omit<HistogramConfiguration<T>, 'registers'>): Histogram<T> {
    return new Histogram({ ...configuration, registers: [this.registry] });
  }

  /**
   * A gauge that is read when somebody looks.
   * @param ofWorkers what it is of several workers: `sum` for amounts, `max` for states and ages
   */
  gauge(name: string, help: string, read: () => number, ofWorkers: 'sum' | 'max' = 'sum'): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      aggregator: ofWorkers,
      collect() {
        this.set(read());
      },
    });
    this.registry.registerMetric(gauge);
  }

  /** Everything in Prometheus' text format; of all workers, where there are several. */
  render(): Promise<string> {
    return this.ofAllWorkers?.render() ?? this.registry.metrics();
  }
}
