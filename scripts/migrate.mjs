// Applies the migrations that the database lacks: the one of DATABASE_URL, or the embedded one.
import { readSettings } from '../dist/config/read-settings.js';
import { StartupError } from '../dist/config/startup-error.js';
import { EmbeddedPostgres, findRunningUrl } from '../dist/database/embedded/embedded-postgres.js';
import { applyMigrations } from '../dist/database/migrations.js';

try {
  const { databaseUrl, dataDir } = readSettings();
  const runningUrl = databaseUrl ?? (await findRunningUrl(dataDir).catch(() => undefined));
  const embedded = runningUrl === undefined ? await EmbeddedPostgres.start(dataDir) : undefined;
  const applied = await applyMigrations(runningUrl ?? embedded.url);
  await embedded?.stop();
  console.log(applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`);
  // The engine leaves a timer of ten seconds behind.
  process.exit(0);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}
