import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { StartupError } from '../../config/startup-error.js';

/** The user that PostgreSQL runs as, when it is not the gateway's own. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. A gateway that is root runs it as the owner of its existing data, or as
 * `nobody`. Answers undefined when the gateway's own user will do.
 */
export function chooseAccount(dataFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const uid = askId('-u');
  const gid = askId('-g');
  if (uid === undefined || gid === undefined) {
    throw new StartupError(
      'PostgreSQL cannot run as root, and there is no user "nobody" to run it as. ' +
        'Start the gateway as another user, or set DATABASE_URL.',
    );
  }
  return { uid, gid };
}

/** Asks the system itself, as that user, so that parents, groups and access lists are all taken into account. */
export function canReach(folder: string, account: Account | undefined): boolean {
  const check = spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', folder], { ...account, cwd: '/' });
  return check.status === 0;
}

function askId(option: string): number | undefined {
  const { status, stdout } = spawnSync('id', [option, 'nobody'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
