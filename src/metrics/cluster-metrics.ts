import cluster, { type Worker } from 'node:cluster';
import type { Registry } from 'prom-client';
import { answerWorkers, Primary } from '../common/cluster/primary.js';
import { UNASKED, WorkerFigures, type FiguresAnswer, type FiguresQuestion } from './worker-figures.js';

const TOPIC = 'metrics';

/** In the primary process: answers workers that ask for the figures of all of them. */
export function answerMetricsRequests(): void {
  const figures = new WorkerFigures();
  cluster.on('message', (worker: Worker, answer: FiguresAnswer) => {
    if (answer.kind === 'figures-answer') figures.take(worker, answer);
  });
  cluster.on('exit', (worker: Worker) => figures.leave(worker));
  answerWorkers(TOPIC, () => figures.render());
}

/** In a worker: the figures of all workers, since a scrape reaches any one of them. */
export class ClusterMetrics {
  private readonly primary = new Primary();

  constructor(private readonly own: Registry) {
    process.on('message', (question: FiguresQuestion) => {
      if (question.kind === 'figures-question') void this.tell(question.id);
    });
  }

  /** Counts this worker in: from now on it answers at once. */
  announce(): void {
    void this.tell(UNASKED);
  }

  /** Its own figures alone when the primary process cannot tell. */
  async render(): Promise<string> {
    const text = await this.primary.ask(TOPIC, null);
    return typeof text === 'string' ? text : this.own.metrics();
  }

  /** A worker that cannot tell is one that does not answer. */
  private async tell(id: number): Promise<void> {
    const figures = await this.own.getMetricsAsJSON().catch(() => null);
    if (figures !== null && process.connected) {
      process.send?.(
        { kind: 'figures-answer', id, figures } satisfies FiguresAnswer,
        undefined,
        undefined,
        () => undefined,
      );
    }
  }
}
