import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { AttemptSpans } from './attempt-spans.js';
import { RequestSpans } from './request-spans.js';
import { Tracing } from './tracing.js';

/** OpenTelemetry traces of requests and of what they ask of Bedrock. */
@Module({ providers: [Tracing, RequestSpans, AttemptSpans], exports: [AttemptSpans] })
export class TracingModule implements NestModule {
  constructor(
    private readonly requests: RequestSpans,
    private readonly tracing: Tracing,
  ) {}

  configure(consumer: MiddlewareConsumer): void {
    if (this.tracing.tracer) consumer.apply(this.requests.observe).forRoutes('*path');
  }
}
