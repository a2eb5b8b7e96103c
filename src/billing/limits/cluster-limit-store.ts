import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { answerWorkers, Primary } from '../../common/cluster/primary.js';
import { LimitStore, type Claim, type LimitCounts, type LimitState, type Refused, type Taken } from './limit-store.js';
import { MemoryLimitStore } from './memory-limit-store.js';
import type { AppliedLimit } from './rate-limit.js';

const TOPIC = 'limits';

type Request =
  | { what: 'take'; claims: readonly Claim[]; leaseId: string }
  | { what: 'correct'; corrections: readonly Claim[]; takenAtMs: number }
  | { what: 'release'; limits: readonly AppliedLimit[]; leaseId: string };

type Answer<R extends Request> = R extends { what: 'take' }
  ? Omit<Taken, 'counts'> | Refused
  : R extends { what: 'correct' }
    ? LimitState[]
    : null;

/** In the primary process: counts for all workers. What a worker that dies still holds is released. */
export function countLimitsOfWorkers(): void {
  const store = new MemoryLimitStore();
  const held = new Map<Worker, Map<string, AppliedLimit[]>>();
  cluster.on('exit', (worker: Worker) => {
    for (const [leaseId, limits] of held.get(worker) ?? []) void store.release(limits, leaseId);
    held.delete(worker);
  });
  answerWorkers(TOPIC, async (body, worker) => {
    const request = body as Request;
    // A question can come after the end of the process that asked: nobody would release what it takes.
    if (request.what === 'take' && worker.isDead()) return undefined;
    if (request.what === 'correct') return store.correct(request.corrections, request.takenAtMs);
    if (request.what === 'release') {
      held.get(worker)?.delete(request.leaseId);
      await store.release(request.limits, request.leaseId);
      return null;
    }
    const answer = await store.take(request.claims, request.leaseId);
    if (!answer.granted) return answer;
    const concurrent = request.claims.map(({ limit }) => limit).filter(({ window }) => window === '');
    if (concurrent.length > 0) {
      held.set(worker, (held.get(worker) ?? new Map<string, AppliedLimit[]>()).set(request.leaseId, concurrent));
    }
    const { counts: _here, ...taken } = answer;
    return taken;
  });
}

/** In a worker: counts in the primary process, so that a limit is one for all workers. */
export class ClusterLimitStore extends LimitStore implements LimitCounts {
  override readonly place = 'memory';
  private readonly primary = new Primary();
  /** For the end, when the primary process may be gone before the last request. */
  private readonly memory = new MemoryLimitStore();

  override async take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused> {
    const answer = await this.ask({ what: 'take', claims, leaseId });
    if (answer === undefined) return this.memory.take(claims, leaseId);
    return answer.granted ? { ...answer, counts: this } : answer;
  }

  async correct(corrections: readonly Claim[], takenAtMs: number): Promise<LimitState[]> {
    return (await this.ask({ what: 'correct', corrections, takenAtMs })) ?? [];
  }

  async release(limits: readonly AppliedLimit[], leaseId: string): Promise<void> {
    await this.ask({ what: 'release', limits, leaseId });
  }

  private ask<R extends Request>(request: R): Promise<Answer<R> | undefined> {
    return this.primary.ask(TOPIC, request) as Promise<Answer<R> | undefined>;
  }
}
