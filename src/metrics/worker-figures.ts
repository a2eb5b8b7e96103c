import type { Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** What a registry holds at one moment. */
export type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What the primary process asks a worker. */
export interface FiguresQuestion {
  kind: 'figures-question';
  id: number;
}

/** What a worker answers; also what it tells unasked, with an id that nobody waits for, when it begins to serve. */
export interface FiguresAnswer {
  kind: 'figures-answer';
  id: number;
  figures: Figures;
}

/** The id of an answer to no question. */
export const UNASKED = 0;

/** A worker that is busy or stopped for longer is represented by what it told last. */
const WAIT_MAX_MS = 2_000;

interface Waiting {
  worker: Worker;
  done: () => void;
}

/**
 * In the primary process: the figures of all workers that have told any. Counters and histograms of those that died stay
 * in the sums, as they were when somebody last looked: a sum that falls would look like a restart of all.
 */
export class WorkerFigures {
  private readonly latest = new Map<Worker, Figures>();
  private readonly waiting = new Map<number, Waiting>();
  private ended: Figures = [];
  private asked = UNASKED;

  take(worker: Worker, { id, figures }: FiguresAnswer): void {
    // A message can come after the end of the process that sent it.
    if (!worker.isDead()) this.latest.set(worker, figures);
    this.waiting.get(id)?.done();
  }

  leave(worker: Worker): void {
    const counted = (this.latest.get(worker) ?? []).filter(({ type }) => String(type) !== 'gauge');
    this.latest.delete(worker);
    // The metrics of an aggregate hold their values.
    this.ended = AggregatorRegistry.aggregate([this.ended, counted]).getMetricsAsArray() as Figures;
    for (const { worker: asked, done } of this.waiting.values()) if (asked === worker) done();
  }

  /** In Prometheus' text format; waits for a worker for two seconds at most. */
  async render(): Promise<string> {
    await Promise.all([...this.latest.keys()].map((worker) => this.ask(worker)));
    return AggregatorRegistry.aggregate([this.ended, ...this.latest.values()]).metrics();
  }

  /** Resolves when the worker has answered, or is given up waiting for. */
  private async ask(worker: Worker): Promise<void> {
    if (!worker.isConnected()) return;
    const id = ++this.asked;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.waiting.set(id, { worker, done });
    const timer = setTimeout(done, WAIT_MAX_MS);
    worker.send({ kind: 'figures-question', id } satisfies FiguresQuestion);
    await promise;
    clearTimeout(timer);
    this.waiting.delete(id);
  }
}
