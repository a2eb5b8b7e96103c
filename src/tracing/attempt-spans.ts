import { Injectable } from '@nestjs/common';
import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import { RuntimeAddresses, type RuntimeAddress } from '../bedrock/runtime-addresses.js';
import type { AttemptResult, AttemptTarget } from '../bedrock/upstream-attempt.js';
import type { AttemptObserver } from '../billing/metering/attempt-observer.js';
import type { OpenUsageEvent, RatedUsageEvent } from '../billing/metering/usage-event.js';
import { RequestSpans } from './request-spans.js';
import { Tracing } from './tracing.js';

/**
 * One client span per upstream attempt. Names by the conventions for generative AI:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
@Injectable()
export class AttemptSpans implements AttemptObserver {
  private readonly open = new Map<string, Span>();

  constructor(
    private readonly tracing: Tracing,
    private readonly requests: RequestSpans,
    private readonly addresses: RuntimeAddresses,
  ) {}

  began(event: OpenUsageEvent, target?: AttemptTarget): void {
    const { tracer } = this.tracing;
    if (!tracer) return;
    const span = tracer.startSpan(
      `${event.operation} ${event.requestedModel}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.operation.name': event.operation,
          'gen_ai.provider.name': 'aws.bedrock',
          'gen_ai.request.model': event.requestedModel,
          'gen_ai.response.model': event.resolvedModel,
          ...(event.streamed ? { 'gen_ai.request.stream': true } : {}),
          ...withoutGaps({
            'gen_ai.request.max_tokens': target?.inference?.maxTokens,
            'gen_ai.request.temperature': target?.inference?.temperature,
            'gen_ai.request.top_p': target?.inference?.topP,
            'gen_ai.response.id': target?.answerId,
            ...toServer(this.addresses.of(event.region)),
          }),
          'cloud.region': event.region,
          'gateway.tenant.id': event.tenantId,
          'gateway.key.id': event.keyId,
          'gateway.attempt': event.attempt,
          'gateway.event.id': event.id,
        },
      },
      this.requests.contextOf(event.requestId),
    );
    this.open.set(event.id, span);
  }

  settled(event: RatedUsageEvent, result?: AttemptResult): void {
    const span = this.open.get(event.id);
    if (!span) return;
    this.open.delete(event.id);
    const { streamed, firstByteMs, region } = event;
    span.setAttributes(
      withoutGaps({
        ...toUsage(event),
        'gen_ai.response.time_to_first_chunk': streamed && firstByteMs !== null ? firstByteMs / 1000 : null,
        'aws.request_id': event.awsRequestId,
        // The first span of a region began before its address was known.
        ...toServer(this.addresses.of(region)),
      }),
    );
    if (result?.stopReason !== undefined) span.setAttribute('gen_ai.response.finish_reasons', [result.stopReason]);
    if (event.outcome === 'error' || event.outcome === 'truncated') {
      span.setAttribute('error.type', event.errorCode ?? event.outcome);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

/** By the conventions, input tokens are all of them, also those that came from a cache. */
function toUsage(event: RatedUsageEvent): Record<string, number | null> {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = event;
  const written = sum(cacheWrite5mTokens, cacheWrite1hTokens);
  return {
    'gen_ai.usage.input_tokens': sum(inputTokens, cacheReadTokens, written),
    'gen_ai.usage.output_tokens': event.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': written,
  };
}

function toServer(server: RuntimeAddress | undefined): Record<string, string | number | undefined> {
  return { 'server.address': server?.address, 'server.port': server?.port };
}

function sum(...counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((total, count) => total + count, 0);
}

function withoutGaps(values: Record<string, string | number | null | undefined>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] != null),
  );
}
