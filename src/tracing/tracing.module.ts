import { Module } from '@nestjs/common';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { AttemptSpans } from './attempt-spans.js';
import { RequestSpans } from './request-spans.js';
import { Tracing } from './tracing.js';

/** OpenTelemetry traces of requests and of what they ask of Bedrock. */
@Module({
  imports: [BedrockModule],
  providers: [Tracing, RequestSpans, AttemptSpans],
  exports: [RequestSpans, AttemptSpans],
})
export class TracingModule {}
