// Loaded before a process that is measured: on SIGUSR2 it writes the longest turn of its event loop since the last time
// into a file of the folder MEMORY_PROBE_DIR, in milliseconds: as others waited for it, and in CPU of its thread, which
// is the same on a machine that does nothing else, and says more on one that does.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(process.env.MEMORY_PROBE_DIR, `${process.pid}.json`);
let longest = { waitMs: 0, cpuMs: 0 };
let last = read();

function read() {
  const { user, system } = process.threadCpuUsage();
  return { at: performance.now(), cpu: (user + system) / 1_000 };
}

setInterval(() => {
  const now = read();
  const waitMs = Math.max(longest.waitMs, now.at - last.at);
  longest = { waitMs, cpuMs: Math.max(longest.cpuMs, now.cpu - last.cpu) };
  last = now;
}, 1).unref();

process.on('SIGUSR2', () => {
  writeFileSync(`${file}.part`, JSON.stringify(longest));
  renameSync(`${file}.part`, file);
  longest = { waitMs: 0, cpuMs: 0 };
});
