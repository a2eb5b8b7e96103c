import { Logger } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { AppConfig } from '../config/app-config.js';
import { toLogOptions } from './log-options.js';
import { QuietLogger } from './quiet-logger.js';

/**
 * From here on a process logs as its application will, also before there is one, and where there is none. What nobody has
 * caught ends it, as ever, but with a line of the log: Node would print all that hangs on the error, bodies and headers too.
 */
export function logAsJson(config: Pick<AppConfig, 'logLevel'>): void {
  const options = toLogOptions(config);
  const logger = new PinoLogger(options);
  Logger.overrideLogger(new QuietLogger(logger, options));
  process.once('uncaughtException', (err, origin) => {
    logger.fatal({ err, origin }, 'The process ends: nobody has caught an error.');
    process.exit(1);
  });
}
