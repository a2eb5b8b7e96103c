import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import { AppConfig } from '../config/app-config.js';
import { QuietLogger } from './quiet-logger.js';
import { currentRequest, RequestLog } from './request-log.js';
import { toLogError } from './to-log-error.js';

/** JSON lines on stdout. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => ({
        // Requests are logged by RequestLog.
        forRoutes: [],
        pinoHttp: {
          level: config.logLevel,
          base: null,
          timestamp: stdTimeFunctions.isoTime,
          formatters: { level: (label: string) => ({ level: label }) },
          mixin: currentRequest,
          serializers: { err: (error: unknown) => toLogError(error) },
        },
      }),
    }),
  ],
  providers: [QuietLogger, RequestLog],
  exports: [QuietLogger, RequestLog],
})
export class LoggingModule {}
