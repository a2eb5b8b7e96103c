import { Logger } from '@nestjs/common';
import type { AdminChanges } from '../audit/admin-changes.js';
import { waitUpTo } from '../database/when-reachable.js';
import { FirstRun } from './first-run.js';

describe(FirstRun.name, () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it('waits no longer for its database when it is told to stop', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const changes = { run: () => Promise.reject(refused) } as unknown as AdminChanges;
    const first = new FirstRun(changes, {} as never, {} as never, {} as never);
    await expect(first.create(waitUpTo(60_000, AbortSignal.abort()))).rejects.toThrow('Told to stop');
    await expect(first.create(waitUpTo(0))).rejects.toBe(refused);
  });
});
