import { GroupCommit } from './group-commit.js';

/** Longer than any test runs. */
const FOR_EVER_MS = 1_000_000;

/** A write that the test ends by hand. */
class Writes {
  readonly batches: number[][] = [];
  private readonly ends: PromiseWithResolvers<boolean>[] = [];
  private waiter: PromiseWithResolvers<void> | undefined;

  readonly write = (entries: number[]): Promise<boolean> => {
    this.batches.push([...entries]);
    const end = Promise.withResolvers<boolean>();
    this.ends.push(end);
    this.waiter?.resolve();
    return end.promise;
  };

  async next(): Promise<PromiseWithResolvers<boolean>> {
    if (this.ends.length === 0) {
      this.waiter = Promise.withResolvers();
      await this.waiter.promise;
    }
    return this.ends.shift()!;
  }
}

describe(GroupCommit.name, () => {
  it('writes together what arrives during one turn, and then what arrives during one write', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 10, FOR_EVER_MS);
    const first = Promise.all([commits.add(1), commits.add(2)]);
    const end = await writes.next();
    const second = Promise.all([commits.add(3), commits.add(4)]);
    expect(commits.waiting).toBe(2);
    end.resolve(true);
    await first;
    (await writes.next()).resolve(true);
    await second;
    expect(writes.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('resolves an entry only when its own batch is written', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 1, FOR_EVER_MS);
    const order: string[] = [];
    const first = commits.add(1).then(() => order.push('first'));
    const second = commits.add(2).then(() => order.push('second'));
    (await writes.next()).resolve(true);
    await first;
    expect(order).toEqual(['first']);
    (await writes.next()).resolve(true);
    await second;
    expect(writes.batches).toEqual([[1], [2]]);
  });

  it('rejects the entries of a failed write and goes on with the next', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 1, FOR_EVER_MS);
    const first = commits.add(1);
    const second = commits.add(2);
    (await writes.next()).reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    (await writes.next()).resolve(true);
    await expect(second).resolves.toBeUndefined();
  });

  it('lets a patient entry wait for one that is not', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 10, FOR_EVER_MS);
    const patient = commits.addPatiently(1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(writes.batches).toEqual([]);
    expect(commits.lagMs).toBe(0);
    const urgent = commits.add(2);
    (await writes.next()).resolve(true);
    await Promise.all([patient, urgent]);
    expect(writes.batches).toEqual([[1, 2]]);
  });

  it('writes a patient entry after its time, also one that came while a write ran', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 10, 1);
    const first = commits.addPatiently(1);
    const end = await writes.next();
    const second = commits.addPatiently(2);
    end.resolve(true);
    await first;
    (await writes.next()).resolve(true);
    await second;
    expect(writes.batches).toEqual([[1], [2]]);
  });

  it('leaves a patient entry that came while a write ran', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 10, FOR_EVER_MS);
    const first = commits.add(1);
    const end = await writes.next();
    const patient = commits.addPatiently(2);
    end.resolve(true);
    await first;
    await new Promise(setImmediate);
    expect(writes.batches).toEqual([[1]]);
    commits.hurry();
    (await writes.next()).resolve(true);
    await patient;
    expect(writes.batches).toEqual([[1], [2]]);
  });

  it('drains what is waiting', async () => {
    const written: number[] = [];
    const commits = new GroupCommit<number>((entries) => Promise.resolve(written.push(...entries) > 0), 2, FOR_EVER_MS);
    void [1, 2, 3, 4, 5].map((entry) => commits.addPatiently(entry));
    await commits.drain();
    expect(written).toEqual([1, 2, 3, 4, 5]);
  });

  it('drains also what comes patiently while it drains', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 10, FOR_EVER_MS);
    void commits.add(1);
    const drained = commits.drain();
    const end = await writes.next();
    void commits.addPatiently(2);
    end.resolve(true);
    (await writes.next()).resolve(true);
    await drained;
    expect(writes.batches).toEqual([[1], [2]]);
  });

  it('tells the fastest write, of those that are a measure', async () => {
    const writes = new Writes();
    const commits = new GroupCommit(writes.write, 1, FOR_EVER_MS);
    const added = [commits.add(1), commits.add(2).catch(() => undefined), commits.add(3)];
    (await writes.next()).resolve(false);
    (await writes.next()).reject(new Error('no'));
    const last = await writes.next();
    expect(commits.shortestMs).toBe(0);
    last.resolve(true);
    await Promise.all(added);
    await commits.drain();
    expect(commits.shortestMs).toBeGreaterThan(0);
  });
});
