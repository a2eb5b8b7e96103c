// Loaded before a process that is measured: on SIGUSR2 it writes its memory after a full collection into a file of the
// folder MEMORY_PROBE_DIR.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(process.env.MEMORY_PROBE_DIR, `${process.pid}.json`);

process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.part`, file);
});
