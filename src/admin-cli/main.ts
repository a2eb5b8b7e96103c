import { readCliSettings } from '../config/read-cli-settings.js';
import { AdminApi } from './admin-api.js';
import { runCli } from './run-cli.js';

try {
  const output = await runCli(process.argv.slice(2), () => {
    const { url, adminKey } = readCliSettings();
    return new AdminApi(url, adminKey);
  });
  process.stdout.write(output);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
