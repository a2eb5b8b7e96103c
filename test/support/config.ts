import { tmpdir } from 'node:os';
import { AppConfig } from '../../src/config/app-config.js';
import { readSettings } from '../../src/config/read-settings.js';

/** The defaults of the schema, without anything of the machine's own environment, and what a test sets. */
export function testConfig(databaseUrl: string, env: NodeJS.ProcessEnv = {}): AppConfig {
  const settings = readSettings({
    HOME: tmpdir(),
    LOG_LEVEL: 'silent',
    API_KEY_PEPPER: 'pepper-of-the-tests'.padEnd(32, '.'),
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '5',
    ...env,
  });
  return new AppConfig({ ...settings, databaseUrl, apiKeyPepper: settings.apiKeyPepper ?? '' });
}
