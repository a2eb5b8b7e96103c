import { mkdtemp, open, readdir, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreatePepper } from './pepper.js';
import { StartupError } from './startup-error.js';

const { jest } = import.meta;

describe(loadOrCreatePepper.name, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pepper-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes one that only its user can read, and finds it again', async () => {
    const dataDir = join(folder, 'data');
    const pepper = await loadOrCreatePepper(dataDir);
    expect(pepper).toMatch(/^[0-9a-f]{64}$/);
    expect(await loadOrCreatePepper(dataDir)).toBe(pepper);
    expect((await stat(join(dataDir, 'api-key-pepper'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['api-key-pepper']);
  });

  it.each(['', '\n', '0123456789abcdef\n'])('keeps no key under one that was cut: %j', async (text) => {
    const file = join(folder, 'api-key-pepper');
    await writeFile(file, text);
    await expect(loadOrCreatePepper(folder)).rejects.toThrow(StartupError);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('leaves no file behind for each start on a disk that is full', async () => {
    const probe = await open(join(folder, 'probe'), 'w');
    const files = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    await rm(join(folder, 'probe'));
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const write = jest.spyOn(files, 'writeFile').mockRejectedValue(full);
    await expect(loadOrCreatePepper(folder)).rejects.toThrow('ENOSPC');
    write.mockRestore();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is one for all that start together', async () => {
    const peppers = await Promise.all(Array.from({ length: 8 }, () => loadOrCreatePepper(folder)));
    expect(new Set(peppers).size).toBe(1);
    expect(await readdir(folder)).toEqual(['api-key-pepper']);
  });
});
