import cluster, { type Worker } from 'node:cluster';
import { countLimitsOfWorkers } from './cluster-limit-store.js';
import { toAppliedLimit } from './rate-limit.js';

const PLACE = toAppliedLimit({
  tenantId: 'tenant',
  keyId: '',
  model: '',
  kind: 'concurrent_requests',
  window: '',
  amount: 1,
});

/** What the primary process knows of a worker. */
class FakeWorker {
  readonly answers: unknown[] = [];
  private dead = false;

  isConnected = (): boolean => true;
  isDead = (): boolean => this.dead;
  send({ body }: { body: unknown }): void {
    this.answers.push(body);
  }
  async take(leaseId: string): Promise<unknown> {
    const body = { what: 'take', claims: [{ limit: PLACE, amount: 1 }], leaseId };
    cluster.emit('message', this as unknown as Worker, { kind: 'question', topic: 'limits', id: 1, body });
    await new Promise(setImmediate);
    return this.answers.at(-1);
  }
  die(): void {
    this.dead = true;
    cluster.emit('exit', this as unknown as Worker, null, 'SIGKILL');
  }
}

afterEach(() => {
  cluster.removeAllListeners('message');
  cluster.removeAllListeners('exit');
});

describe(countLimitsOfWorkers.name, () => {
  it('frees the places of a worker that dies, also those that it asked for last', async () => {
    countLimitsOfWorkers();
    const [dying, other] = [new FakeWorker(), new FakeWorker()];
    expect(await dying.take('first')).toMatchObject({ granted: true });
    expect(await other.take('next')).toMatchObject({ granted: false });
    dying.die();
    // What it had sent before is read now.
    expect(await dying.take('late')).toBeUndefined();
    expect(await other.take('next')).toMatchObject({ granted: true });
  });
});
