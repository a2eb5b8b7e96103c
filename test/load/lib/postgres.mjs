// A PostgreSQL of the proof's own, which it kills, stops and starts while gateways run on it. The address stays.
import { readdirSync, readFileSync } from 'node:fs';
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

  /** All its processes halt with their connections, which neither answer nor end. */
  freeze() {
    this.#signal('SIGSTOP');
  }

  thaw() {
    this.#signal('SIGCONT');
  }

  #signal(signal) {
    const { pid } = this.#postmaster;
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, signal);
  }

  async resume() {
    this.#postmaster = await ensurePostmaster(this.#cluster, Number(new URL(this.url).port));
  }
}

/** Only Linux tells. */
function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
