import { readSettings } from '../../config/read-settings.js';
import { findRunningUrl } from '../../database/embedded/embedded-postgres.js';
import { runUsage, USAGE } from './run-usage.js';

try {
  const output = await runUsage(process.argv.slice(2), async () => {
    const { databaseUrl, dataDir } = readSettings();
    return databaseUrl ?? findRunningUrl(dataDir);
  });
  process.stdout.write(output);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
}
