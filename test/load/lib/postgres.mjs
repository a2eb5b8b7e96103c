// A PostgreSQL of the proof's own, which it kills, stops and starts while gateways run on it. The address stays.
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chooseAccount } from '../../../dist/database/embedded/account.js';
import { EmbeddedPostgres } from '../../../dist/database/embedded/embedded-postgres.js';
import { locateBinaries, prepareHome } from '../../../dist/database/embedded/places.js';
import { ensurePostmaster, isServerOf, stopPostmaster } from '../../../dist/database/embedded/postmaster.js';

export class Postgres {
  #cluster;
  #postmaster;

  /** Under `folder`, which everyone may enter, until `stops` run. */
  static async start(folder, stops) {
    const embedded = await EmbeddedPostgres.start(folder);
    await embedded.stop();
    const account = chooseAccount(path.join(folder, 'postgres/data'));
    const postgres = new Postgres();
    postgres.url = embedded.url;
    postgres.#cluster = { bin: await locateBinaries(account), home: await prepareHome(folder, account), account };
    await postgres.resume();
    stops.add(() => postgres.stop());
    return postgres;
  }

  /** `kill -9`; `resume` lets it recover. */
  async kill() {
    const { pid } = this.#postmaster;
    process.kill(pid, 'SIGKILL');
    while (isServerOf(pid, this.#cluster)) await wait(5);
  }

  async stop() {
    await stopPostmaster(this.#cluster, this.#postmaster);
  }

  async resume() {
    this.#postmaster = await ensurePostmaster(this.#cluster, Number(new URL(this.url).port));
  }
}
