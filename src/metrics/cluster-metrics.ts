import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

interface MetricsRequest {
  kind: 'metrics-request';
  id: number;
}

interface MetricsAnswer {
  kind: 'metrics';
  id: number;
  /** Null: some worker did not answer in time. */
  text: string | null;
}

/** In the primary process: answers workers that ask for the figures of all of them. */
export function answerMetricsRequests(): void {
  const aggregator = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, message: MetricsRequest) => {
    if (message.kind !== 'metrics-request') return;
    const answer = (text: string | null): void => {
      const body: MetricsAnswer = { kind: 'metrics', id: message.id, text };
      if (worker.isConnected()) worker.send(body);
    };
    aggregator.clusterMetrics().then(answer, () => answer(null));
  });
}

/** In a worker: the figures of all workers, since a scrape reaches any one of them. */
export class ClusterMetrics {
  private readonly waiting = new Map<number, (text: string | null) => void>();
  private asked = 0;

  constructor(private readonly own: Registry) {
    // Listens for the primary process, which collects from here.
    AggregatorRegistry.setRegistries(own);
    void new AggregatorRegistry();
    process.on('message', (message: MetricsAnswer) => {
      if (message.kind !== 'metrics') return;
      this.waiting.get(message.id)?.(message.text);
      this.waiting.delete(message.id);
    });
  }

  async render(): Promise<string> {
    const id = ++this.asked;
    const answered = new Promise<string | null>((resolve) => this.waiting.set(id, resolve));
    process.send?.({ kind: 'metrics-request', id } satisfies MetricsRequest);
    return (await answered) ?? this.own.metrics();
  }
}
