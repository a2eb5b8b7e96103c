import { Injectable } from '@nestjs/common';
import type { AttemptObserver } from '../billing/metering/attempt-observer.js';
import type { OpenUsageEvent, RatedUsageEvent } from '../billing/metering/usage-event.js';
import { DURATION_BUCKETS_SECONDS, Metrics } from './metrics.js';
import { UpstreamTimes } from './upstream-times.js';

const PICO_USD = 1e12;

/** Upstream attempts, their tokens and their cost, by model family. The exact figures are the ledger's. */
@Injectable()
export class UsageMetrics implements AttemptObserver {
  private readonly attempts;
  private readonly tokens;
  private readonly cost;
  private readonly flagged;
  private readonly duration;
  private readonly firstByte;
  private inFlight = 0;

  constructor(
    metrics: Metrics,
    private readonly times: UpstreamTimes,
  ) {
    const labelNames = ['operation', 'family'] as const;
    this.attempts = metrics.counter({
      name: 'gateway_upstream_attempts_total',
      help: 'Calls to Bedrock, retries included, by how they ended.',
      labelNames: [...labelNames, 'outcome', 'status'],
    });
    this.tokens = metrics.counter({
      name: 'gateway_tokens_total',
      help: 'Tokens that Bedrock reported, by class.',
      labelNames: ['family', 'class'],
    });
    this.cost = metrics.counter({
      name: 'gateway_cost_usd_total',
      help: 'What the attempts cost, as far as prices are known.',
      labelNames: ['family'],
    });
    this.flagged = metrics.counter({
      name: 'gateway_flagged_attempts_total',
      help: 'Attempts whose event is flagged: without a price, with estimated amounts, or without reported usage.',
      labelNames: ['family', 'flag'],
    });
    this.duration = metrics.histogram({
      name: 'gateway_upstream_duration_seconds',
      help: 'From the begin of an attempt to its end.',
      labelNames: [...labelNames, 'streamed'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.firstByte = metrics.histogram({
      name: 'gateway_upstream_first_byte_seconds',
      help: 'From the begin of an attempt to the first byte of its answer; of a stream, the time to its first event.',
      labelNames: [...labelNames, 'streamed'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    metrics.gauge('gateway_upstream_in_flight', 'Attempts that have not ended.', () => this.inFlight);
  }

  began({ requestId }: OpenUsageEvent): void {
    this.inFlight += 1;
    this.times.began(requestId);
  }

  settled(event: RatedUsageEvent): void {
    const { operation, family, outcome, streamed } = event;
    this.inFlight -= 1;
    this.times.ended(event.requestId);
    this.attempts.inc({ operation, family, outcome, status: event.statusCode ?? 'none' });
    this.countTokens(event);
    if (event.costPicoUsd !== null) this.cost.inc({ family }, Number(event.costPicoUsd) / PICO_USD);
    if (event.unpriced) this.flagged.inc({ family, flag: 'unpriced' });
    if (event.estimated) this.flagged.inc({ family, flag: 'estimated' });
    // As reports count them: a call that failed has no usage to report.
    if (!event.usageReported && outcome !== 'error') this.flagged.inc({ family, flag: 'without_usage' });
    const labels = { operation, family, streamed: String(streamed) };
    if (event.latencyMs !== null) this.duration.observe(labels, event.latencyMs / 1000);
    if (event.firstByteMs !== null) this.firstByte.observe(labels, event.firstByteMs / 1000);
  }

  private countTokens(event: RatedUsageEvent): void {
    const { family } = event;
    const classes = {
      input: event.inputTokens,
      output: event.outputTokens,
      cache_read: event.cacheReadTokens,
      cache_write_5m: event.cacheWrite5mTokens,
      cache_write_1h: event.cacheWrite1hTokens,
    };
    for (const [name, count] of Object.entries(classes)) {
      if (count) this.tokens.inc({ family, class: name }, count);
    }
  }
}
