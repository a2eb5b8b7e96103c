import { Module } from '@nestjs/common';
import { AttemptSpans } from './attempt-spans.js';
import { RequestSpans } from './request-spans.js';
import { Tracing } from './tracing.js';

/** OpenTelemetry traces of requests and of what they ask of Bedrock. */
@Module({ providers: [Tracing, RequestSpans, AttemptSpans], exports: [RequestSpans, AttemptSpans] })
export class TracingModule {}
