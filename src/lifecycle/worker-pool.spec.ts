import cluster, { type Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { ResolvedSettings } from '../config/app-config.js';
import { startWorkers } from './worker-pool.js';

const { jest } = import.meta;

/** Such as when the system allows no more processes. */
class StillbornWorker extends EventEmitter {
  readonly process = Object.assign(new EventEmitter(), { pid: undefined, kill: () => true, send: () => false });

  constructor() {
    super();
    setImmediate(() => this.emit('error', new Error('spawn EAGAIN')));
  }
}

afterEach(() => jest.restoreAllMocks());

describe(startWorkers.name, () => {
  it('tells why when the system starts no process', async () => {
    Logger.overrideLogger(false);
    jest.spyOn(cluster, 'setupPrimary').mockReturnValue();
    jest.spyOn(cluster, 'fork').mockImplementation(() => new StillbornWorker() as unknown as Worker);
    const settings = { workers: 1, databasePoolSize: 4 } as ResolvedSettings;
    await expect(startWorkers(settings)).rejects.toThrow('A worker could not be started: spawn EAGAIN');
  });
});
