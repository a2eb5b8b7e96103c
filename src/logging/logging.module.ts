import type { IncomingMessage, ServerResponse } from 'node:http';
import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { AppConfig } from '../config/app-config.js';
import { QuietLogger } from './quiet-logger.js';
import { toLogError } from './to-log-error.js';

/** Where probes knock every few seconds. */
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * JSON lines on stdout, one for each request. What is logged is picked field by field, and nothing is picked that
 * could hold a key, a prompt or a completion: no headers, no query, no bodies.
 */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => ({
        pinoHttp: {
          level: config.logLevel,
          base: null,
          timestamp: stdTimeFunctions.isoTime,
          formatters: { level: (label: string) => ({ level: label }) },
          quietReqLogger: true,
          genReqId: (request: IncomingMessage) => (request as GatewayRequest).requestId,
          customAttributeKeys: { reqId: 'requestId', responseTime: 'durationMs' },
          customLogLevel: (_request: IncomingMessage, response: ServerResponse) =>
            response.statusCode >= 500 ? 'warn' : 'info',
          customSuccessMessage: () => 'request completed',
          customErrorMessage: () => 'request failed',
          autoLogging: { ignore: (request: IncomingMessage) => PROBES.has(pathOf(request)) },
          serializers: {
            req: (request: { raw: IncomingMessage }) => ({ method: request.raw.method, path: pathOf(request.raw) }),
            res: (response: { raw: ServerResponse }) => ({ status: response.raw.statusCode }),
            // As the logger of requests passes it on: its own copy, with the error in a member.
            err: (error: { raw?: unknown }) => toLogError(error.raw ?? error),
          },
        },
      }),
    }),
  ],
  providers: [QuietLogger],
  exports: [QuietLogger],
})
export class LoggingModule {}

function pathOf(request: IncomingMessage): string {
  return (request as GatewayRequest).originalUrl.split('?', 1)[0] ?? '';
}
