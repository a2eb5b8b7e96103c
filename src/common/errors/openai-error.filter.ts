import { Catch, Logger, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { allowedMethods } from '../http/allowed-methods.js';
import type { GatewayRequest } from '../http/gateway-request.js';
import { processingMs } from '../http/request-context.js';
import { writeJson } from '../http/write-json.js';
import { toErrorBody } from './error-body.js';
import { methodNotAllowed, type GatewayError } from './gateway-error.js';
import { toGatewayError } from './to-gateway-error.js';

/** Nest's own 404 means that no route took the request; whether another method would have been, it does not ask. */
function toPublicError(exception: unknown, { app, method, path }: GatewayRequest): GatewayError {
  const allowed = exception instanceof NotFoundException ? allowedMethods(app, method, path) : [];
  return allowed.length > 0 ? methodNotAllowed(method, path, allowed) : toGatewayError(exception, method, path);
}

/** The one place that writes an error body. Failures after the first byte belong to the event stream instead. */
@Catch()
export class OpenAiErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(OpenAiErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const response = http.getResponse<Response>();
    // Whoever was told of another failure meanwhile is told nothing more.
    if (response.writableEnded) return;
    const error = toPublicError(exception, request);
    if (error.status >= 500) {
      this.logger.error({ requestId: request.requestId, code: error.code, err: error.cause ?? error }, error.message);
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.set(error.headers);
    response.setHeader('openai-processing-ms', processingMs(request));
    // An SDK retries 5xx and 409 by itself, which cannot help against a defect of ours.
    if (error.status === 500 && error.headers['x-should-retry'] === undefined) {
      response.setHeader('x-should-retry', 'false');
    }
    response.statusCode = error.status;
    // Whatever the answer was to be, this is JSON.
    writeJson(response, toErrorBody(error));
  }
}
