// Prints the connection string of the database in use, for psql "$(npm run -s db:url)".
import { readSettings } from '../dist/config/read-settings.js';
import { findRunningUrl } from '../dist/database/embedded/embedded-postgres.js';

try {
  const { databaseUrl, dataDir } = readSettings();
  console.log(databaseUrl ?? (await findRunningUrl(dataDir)));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
