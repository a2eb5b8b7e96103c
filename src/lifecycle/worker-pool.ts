import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { countLimitsOfWorkers } from '../billing/limits/cluster-limit-store.js';
import { endHandedConnection } from '../common/cluster/handed-connections.js';
import type { ResolvedSettings } from '../config/app-config.js';
import { StartupError } from '../config/startup-error.js';
import { answerMetricsRequests } from '../metrics/cluster-metrics.js';
import type { Serving } from './serving.js';
import type { ToPrimary, ToWorker } from './worker-messages.js';

/** A worker that dies at once must not keep the machine busy with its successors. */
const RESTART_DELAY_MS = 1_000;

type Ready = Extract<ToPrimary, { kind: 'ready' }>;

/** Starts the workers of the settings, which share one port, and replaces those that die. */
export async function startWorkers(settings: ResolvedSettings): Promise<Serving> {
  const pool = new WorkerPool(settings);
  try {
    const ready = await Promise.all(Array.from({ length: settings.workers }, () => pool.start()));
    return {
      // A free port is taken once, for all of them.
      port: ready[0]?.port ?? settings.port,
      firstKeys: ready.map(({ firstKeys }) => firstKeys).find((keys) => keys !== null) ?? null,
      close: () => pool.close(),
      abandon: () => pool.abandon(),
    };
  } catch (error) {
    pool.abandon();
    throw error;
  }
}

class WorkerPool {
  private readonly logger = new Logger(WorkerPool.name);
  private readonly workers = new Set<Worker>();
  private readonly settings: ResolvedSettings;
  private stopping = false;

  constructor(settings: ResolvedSettings) {
    // What a process holds of the database is divided among them.
    const databasePoolSize = Math.max(2, Math.ceil(settings.databasePoolSize / settings.workers));
    this.settings = { ...settings, databasePoolSize };
    cluster.setupPrimary({ serialization: 'advanced' });
    answerMetricsRequests();
    countLimitsOfWorkers();
  }

  /** Resolves when the new worker serves. */
  async start(): Promise<Ready> {
    const worker = cluster.fork();
    endHandedConnection(worker);
    this.workers.add(worker);
    worker.once('exit', (code, signal) => this.replace(worker, signal || String(code)));
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    // What is sent to one that has just died fails before its end is known. One that never was has no end.
    worker.on('error', (error) => {
      if (worker.process.pid !== undefined) return;
      this.replace(worker, error.message);
      reject(new StartupError(`A worker could not be started: ${error.message}`, error));
    });
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'booted') tell(worker, { kind: 'serve', settings: this.settings });
      else if (message.kind === 'ready') resolve(message);
      else if (message.kind === 'failed') reject(new StartupError(message.message));
    });
    worker.once('exit', () => reject(new StartupError('A worker ended before it could serve.')));
    return promise;
  }

  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all(
      [...this.workers].map(async (worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        tell(worker, { kind: 'stop' });
        await ended;
      }),
    );
  }

  abandon(): void {
    this.stopping = true;
    for (const worker of this.workers) worker.process.kill('SIGKILL');
  }

  private replace(worker: Worker, reason: string): void {
    this.workers.delete(worker);
    if (this.stopping) return;
    this.logger.error(`Worker ${worker.process.pid} ended (${reason}); starting another one.`);
    void delay(RESTART_DELAY_MS)
      .then(() => (this.stopping ? undefined : this.start()))
      .catch((error: unknown) => this.logger.error({ err: error }, 'A worker could not be started.'));
  }
}

function tell(worker: Worker, message: ToWorker): void {
  worker.send(message);
}
