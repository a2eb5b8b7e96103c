import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';

/** `GET /metrics` for Prometheus, with an admin key as its bearer token. */
@Module({ controllers: [MetricsController], providers: [Metrics] })
export class MetricsModule implements NestModule {
  constructor(private readonly metrics: Metrics) {}

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: Request, response: Response, next: NextFunction) => {
        const end = this.metrics.begin();
        // 'close' comes once, also when the client leaves before the end.
        response.once('close', () => end(request.method, routeOf(request), response.statusCode));
        next();
      })
      .forRoutes('*path');
  }
}

/** The pattern of Nest's own catch-all, and of any that would match every path. */
const CATCH_ALL = /^\{?\/\*/;

/** Paths that lead nowhere share one label: anyone could make up as many as they like. */
function routeOf(request: Request): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' && !CATCH_ALL.test(route.path) ? route.path : 'none';
}
