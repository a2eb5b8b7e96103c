import { Injectable } from '@nestjs/common';
import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { NextFunction, Request, Response } from 'express';
import type { GatewayRequest } from '../common/http/gateway-request.js';
import { knownMethod } from '../common/http/known-method.js';
import { routeOf } from '../common/http/route-of.js';
import { toldStatus } from '../common/http/told-status.js';
import { Tracing } from './tracing.js';
import { onClose } from '../common/http/on-close.js';

const PATH_LENGTH_MAX = 256;

/**
 * One server span per request, a child of the caller's `traceparent`. Names by the HTTP conventions:
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
@Injectable()
export class RequestSpans {
  private readonly propagator = new W3CTraceContextPropagator();
  private readonly running = new Map<string, Context>();

  constructor(private readonly tracing: Tracing) {}

  /** The context that the attempts of a running request belong to. */
  contextOf(requestId: string): Context {
    return this.running.get(requestId) ?? ROOT_CONTEXT;
  }

  /** Express middleware. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const { tracer } = this.tracing;
    if (!tracer) {
      next();
      return;
    }
    const { requestId } = request as GatewayRequest;
    const parent = this.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const method = knownMethod(request.method);
    const isKnown = method === request.method;
    const attributes = {
      'http.request.method': method,
      ...(isKnown ? {} : { 'http.request.method_original': request.method }),
      'gateway.request_id': requestId,
    };
    const name = isKnown ? method : 'HTTP';
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    this.running.set(requestId, trace.setSpan(parent, span));
    onClose(response, () => {
      this.running.delete(requestId);
      const route = routeOf(request);
      const status = toldStatus(response);
      span.setAttributes({
        'http.response.status_code': status,
        'url.scheme': request.protocol === 'https' ? 'https' : 'http',
      });
      // Where no route is, a path can hold anything, a key too.
      if (route !== undefined) {
        span.updateName(`${name} ${route}`);
        span.setAttributes({ 'http.route': route, 'url.path': pathOf(request) });
      }
      if (status >= 500) {
        span.setAttribute('error.type', String(status));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
    next();
  };
}

function pathOf({ originalUrl }: Request): string {
  return originalUrl.split('?', 1).join('').slice(0, PATH_LENGTH_MAX);
}
