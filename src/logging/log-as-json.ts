import { Logger } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { AppConfig } from '../config/app-config.js';
import { toLogOptions } from './log-options.js';
import { QuietLogger } from './quiet-logger.js';

/** From here on a process logs as its application will, also before there is one, and where there is none. */
export function logAsJson(config: Pick<AppConfig, 'logLevel'>): void {
  const options = toLogOptions(config);
  Logger.overrideLogger(new QuietLogger(new PinoLogger(options), options));
}
