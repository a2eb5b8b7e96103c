import type { Params } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import type { AppConfig } from '../config/app-config.js';
import { logOutput } from './log-output.js';
import { currentRequest } from './request-log.js';
import { toLogError } from './to-log-error.js';

/** How every line of a process is written: as JSON on stdout. */
export function toLogOptions({ logLevel }: Pick<AppConfig, 'logLevel'>): Params {
  return {
    // Requests are logged by RequestLog.
    forRoutes: [],
    pinoHttp: {
      stream: logOutput,
      level: logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: currentRequest,
      // The middleware's own would take what is logged for whole requests.
      wrapSerializers: false,
      serializers: { err: (error: unknown) => toLogError(error) },
    },
  };
}
