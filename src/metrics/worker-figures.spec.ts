import type { Worker } from 'node:cluster';
import type { Counter, Histogram } from 'prom-client';
import { Metrics } from './metrics.js';
import { UNASKED, WorkerFigures, type FiguresQuestion } from './worker-figures.js';

const { jest } = import.meta;

let figures: WorkerFigures;

beforeEach(() => {
  figures = new WorkerFigures();
});
afterEach(() => jest.useRealTimers());

/** A worker that has counted so many, and can be silent, or dead. */
class FakeWorker {
  readonly worker = this as unknown as Worker;
  readonly counter: Counter;
  readonly times: Histogram;
  isSilent = false;
  dead = false;
  private readonly metrics = new Metrics();

  constructor(counted: number, state: number) {
    this.counter = this.metrics.counter({ name: 'things_total', help: 'Things.' });
    this.counter.inc(counted);
    this.times = this.metrics.histogram({ name: 'times_seconds', help: 'Times.', buckets: [1] });
    this.times.observe(counted);
    this.metrics.gauge('amount', 'An amount.', () => state);
    this.metrics.gauge('state', 'A state.', () => state, 'max');
  }

  isConnected(): boolean {
    return !this.dead;
  }
  isDead(): boolean {
    return this.dead;
  }
  send({ id }: FiguresQuestion): void {
    if (!this.isSilent) void this.tell(id);
  }
  async tell(id = UNASKED): Promise<void> {
    const own = await this.metrics.registry.getMetricsAsJSON();
    // As a message between processes is.
    figures.take(this.worker, { kind: 'figures-answer', id, figures: structuredClone(own) });
  }
  die(): void {
    this.dead = true;
    figures.leave(this.worker);
  }
}

/** One that serves. */
async function join(counted: number, state: number): Promise<FakeWorker> {
  const worker = new FakeWorker(counted, state);
  await worker.tell();
  return worker;
}

async function samples(): Promise<Record<string, number>> {
  const wanted = /^(things_total|times_seconds_(?:count|sum)|amount|state) (.+)$/gm;
  const text = await figures.render();
  return Object.fromEntries([...text.matchAll(wanted)].map(([, name, value]) => [name, Number(value)]));
}

describe(WorkerFigures.name, () => {
  it('adds counters and amounts, and of states tells the largest', async () => {
    const workers = [await join(3, 1), await join(4, 1)];
    workers[0]?.counter.inc();
    expect(await samples()).toEqual({
      things_total: 8,
      times_seconds_count: 2,
      times_seconds_sum: 7,
      amount: 2,
      state: 1,
    });
  });

  it('keeps what dead workers have counted, and not how they were', async () => {
    const workers = [await join(3, 1), await join(4, 1), await join(5, 0)];
    workers[0]?.die();
    workers[1]?.die();
    await workers[1]?.tell();
    await join(0, 0);
    expect(await samples()).toEqual({
      things_total: 12,
      times_seconds_count: 4,
      times_seconds_sum: 12,
      amount: 0,
      state: 0,
    });
  });

  it('does not wait for a worker that dies instead of answering', async () => {
    const [dying] = [await join(3, 1), await join(4, 0)];
    dying.isSilent = true;
    const rendered = samples();
    dying.die();
    expect(await rendered).toMatchObject({ things_total: 7, state: 0 });
  });

  it('waits for a silent worker for two seconds, and then takes what it told last', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
    const [silent] = [await join(3, 1), await join(4, 0)];
    silent.isSilent = true;
    silent.counter.inc();
    const rendered = samples();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await rendered).toMatchObject({ things_total: 7, state: 1 });
    silent.isSilent = false;
    expect(await samples()).toMatchObject({ things_total: 8 });
  });

  it('does not ask a worker that has told nothing yet', async () => {
    await join(3, 1);
    new FakeWorker(4, 1).isSilent = true;
    expect(await samples()).toMatchObject({ things_total: 3 });
  });
});
