import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
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
  const pepper = (await read(file)) ?? (await create(file));
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

/** A start that is killed, or a disk that is full, leaves none that is cut. */
async function create(file: string): Promise<string> {
  const pepper = randomBytes(32).toString('hex');
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(`${pepper}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  return pepper;
}
