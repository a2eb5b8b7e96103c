import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { StartupError } from './startup-error.js';

/** As for API_KEY_PEPPER. */
const LENGTH_MIN = 32;

/**
 * The pepper under `dataDir`, made at the first call. Readable by the gateway's user only.
 * @throws StartupError when it is not whole: everybody could hash a key under an empty one
 */
export async function loadOrCreatePepper(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'api-key-pepper');
  await mkdir(dataDir, { recursive: true });
  if ((await read(file)) === null) await create(file);
  const pepper = (await read(file)) ?? '';
  if (pepper.length < LENGTH_MIN) {
    throw new StartupError(
      `${file} is empty or cut. Put back what was in it, or remove it: then no key that was issued before works.`,
    );
  }
  return pepper;
}

async function read(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A start that is killed, or a disk that is full, leaves none that is cut. Of two that start together, one makes it. */
async function create(file: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await write(unfinished, `${randomBytes(32).toString('hex')}\n`);
    await link(unfinished, file);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'link') throw error;
    // Some file systems have no links.
    if (code !== 'EEXIST') await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
