import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AppConfig } from '../config/app-config.js';
import { toLogOptions } from './log-options.js';
import { QuietLogger } from './quiet-logger.js';
import { RequestLog } from './request-log.js';

/** JSON lines on stdout. */
@Module({
  imports: [LoggerModule.forRootAsync({ inject: [AppConfig], useFactory: toLogOptions })],
  providers: [QuietLogger, RequestLog],
  exports: [QuietLogger, RequestLog],
})
export class LoggingModule {}
