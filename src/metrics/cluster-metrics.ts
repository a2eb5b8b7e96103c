import { AggregatorRegistry, type Registry } from 'prom-client';
import { answerWorkers, Primary } from '../common/cluster/primary.js';

const TOPIC = 'metrics';

/** In the primary process: answers workers that ask for the figures of all of them. */
export function answerMetricsRequests(): void {
  const aggregator = new AggregatorRegistry();
  answerWorkers(TOPIC, () => aggregator.clusterMetrics());
}

/** In a worker: the figures of all workers, since a scrape reaches any one of them. */
export class ClusterMetrics {
  private readonly primary = new Primary();

  constructor(private readonly own: Registry) {
    // Listens for the primary process, which collects from here.
    AggregatorRegistry.setRegistries(own);
    void new AggregatorRegistry();
  }

  /** Its own figures alone when some worker does not answer in time. */
  async render(): Promise<string> {
    const text = await this.primary.ask(TOPIC, null);
    return typeof text === 'string' ? text : this.own.metrics();
  }
}
