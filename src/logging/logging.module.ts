import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import { AppConfig } from '../config/app-config.js';
import { logOutput } from './log-output.js';
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
          stream: logOutput,
          level: config.logLevel,
          base: null,
          timestamp: stdTimeFunctions.isoTime,
          formatters: { level: (label: string) => ({ level: label }) },
          mixin: currentRequest,
          // The middleware's own would take what is logged for whole requests.
          wrapSerializers: false,
          serializers: { err: (error: unknown) => toLogError(error) },
        },
      }),
    }),
  ],
  providers: [QuietLogger, RequestLog],
  exports: [QuietLogger, RequestLog],
})
export class LoggingModule {}
