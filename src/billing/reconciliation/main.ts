import { readSettings } from '../../config/read-settings.js';
import { findRunningUrl } from '../../database/embedded/embedded-postgres.js';
import { runReconcile, USAGE } from './run-reconcile.js';

/** 0: both sides agree. 1: they do not. 2: it could not be told. */
try {
  const { output, clean } = await runReconcile(process.argv.slice(2), async () => {
    const { databaseUrl, dataDir } = readSettings();
    return databaseUrl ?? findRunningUrl(dataDir);
  });
  process.stdout.write(output);
  process.exitCode = clean ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
