import { GatewayError } from '../../common/errors/gateway-error.js';
import type { WaitingClient } from '../../common/http/waiting-client.js';
import { BoundedMap } from '../../common/bounded-map.js';
import type { ResolvedModel } from '../../models/model-entry.js';
import type { RouteAccount } from '../../models/model-route.js';
import type { AccountQuota, QuotaAmounts } from '../../quotas/account-quota.js';
import type { QuotaUser } from '../../quotas/quota-shares.js';
import type { Demand, Part } from '../../quotas/share-out.js';
import { isNeverSent } from '../bedrock.errors.js';
import type { AttemptMeter, AttemptResult, SpendBound } from '../upstream-attempt.js';
import { FAILURES } from '../upstream-failures.js';
import { DemandMeter } from './demand-meter.js';
import { outputBurndownOf } from './output-burndown.js';
import { type Clock, QuotaBucket } from './quota-bucket.js';

/** More than an account has quotas for; ids of clients must not fill the memory. */
const BUCKETS_MAX = 1_000;
/** After a minute every quota is full again. */
const RETRY_AFTER_MS_MAX = 60_000;

/** The place that is asked. */
export interface QuotaTarget {
  model: Pick<ResolvedModel, 'invokeId' | 'baseId' | 'scope'>;
  region: string;
  account: RouteAccount | null;
}

/** A part of a quota that one attempt has; to be ended once. */
export interface QuotaLease {
  /** Gives back what the attempt did not use. */
  settle(result: AttemptResult): void;
  /** The attempt was not made. */
  cancel(): void;
}

/** The account's quota has no room for the attempt; the cause is what a client is told. */
export class QuotaShort extends Error {
  constructor(override readonly cause: GatewayError) {
    super(cause.message, { cause });
  }
}

export interface QuotaGateOptions {
  /** The longest that a request waits for its turn. */
  waitMs: number;
  /** Processes that share the quotas, as long as nobody has told its part of them. */
  processes: number;
  clock?: Clock;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const NO_LEASE: QuotaLease = { settle: () => undefined, cancel: () => undefined };

const UNLIMITED: QuotaAmounts = { tokensPerMinute: null, requestsPerMinute: null };

/** A quota in use. */
interface Used {
  bucket: QuotaBucket;
  meter: DemandMeter;
  find: () => AccountQuota | undefined;
}

/**
 * Keeps what is sent to Bedrock within the quotas of the account that are known, counting as Bedrock does. Where a quota
 * is short, tenants share it by their weight. Each process keeps to its part.
 */
export class QuotaGate implements QuotaUser {
  private readonly used = new BoundedMap<Used>(BUCKETS_MAX);
  private partOf: (quota: string) => Part;

  constructor(
    private readonly book: { find(ids: readonly string[], region: string): AccountQuota | undefined },
    private readonly options: QuotaGateOptions,
  ) {
    const part = 1 / options.processes;
    this.partOf = () => ({ rate: part, tokens: part, requests: part });
  }

  takeDemands(): Map<string, Demand> {
    const demands = new Map<string, Demand>();
    for (const [key, { bucket, meter, find }] of this.used) {
      const quota = find() ?? UNLIMITED;
      const { queued, missing } = bucket;
      const usedTokens = missing.tokens / (quota.tokensPerMinute ?? Infinity);
      const usedRequests = missing.requests / (quota.requestsPerMinute ?? Infinity);
      const wanted = meter.read(toPart(quota, queued.tokens, queued.requests));
      if (wanted.demand > 0 || usedTokens > 0 || usedRequests > 0) {
        demands.set(key, { ...wanted, usedTokens, usedRequests });
      }
    }
    return demands;
  }

  setParts(partOf: (quota: string) => Part): void {
    const known = new Map<string, Part>();
    this.partOf = (key) => {
      const part = known.get(key) ?? partOf(key);
      if (known.size < BUCKETS_MAX) known.set(key, part);
      return part;
    };
    for (const [key, { bucket, find }] of this.used) bucket.setAmounts(find() ?? UNLIMITED, this.partOf(key));
  }

  /**
   * Takes what the attempt counts when it begins. A tenant's own AWS account has quotas that nobody has told.
   * @throws QuotaShort when there is no room, or none in time where it may wait
   */
  async take(
    target: QuotaTarget,
    { owner }: Pick<AttemptMeter, 'owner'>,
    client: WaitingClient,
    bound: () => SpendBound,
    mayWait: boolean,
  ): Promise<QuotaLease> {
    const subject = subjectOf(target.model);
    const { baseId } = target.model;
    const find = () => this.book.find([subject, baseId], target.region);
    const quota = target.account === null ? find() : undefined;
    if (quota === undefined) {
      return NO_LEASE;
    }
    const { clock = realClock } = this.options;
    const key = `${target.region} ${subject}`;
    const { bucket, meter } = this.used.getOrCreate(key, () => ({
      bucket: new QuotaBucket(clock),
      meter: new DemandMeter(() => clock.now()),
      find,
    }));
    bucket.setAmounts(quota, this.partOf(key));
    const tokens = toReservedTokens(bound());
    meter.note(toPart(quota, tokens, 1), owner);
    const waitMs = mayWait ? Math.max(0, Math.min(this.options.waitMs, client.deadlineMs - performance.now())) : 0;
    const isGranted = bucket.take(tokens) || (waitMs > 0 && (await bucket.wait(owner, tokens, waitMs, client.left)));
    if (!isGranted) {
      throw new QuotaShort(quotaShort(bucket.msToTurn(tokens)));
    }
    return toLease(bucket, tokens, outputBurndownOf(baseId));
  }
}

/** As a part of what there is in a minute. */
function toPart({ tokensPerMinute, requestsPerMinute }: QuotaAmounts, tokens: number, requests: number): number {
  return Math.max(tokens / (tokensPerMinute ?? Infinity), requests / (requestsPerMinute ?? Infinity));
}

/** Bedrock counts a base model and each of its profiles for itself; the ARN of a profile counts as that profile. */
function subjectOf({ invokeId, baseId, scope }: QuotaTarget['model']): string {
  const isProfileArn = /^arn:[^/]+:(?:application-)?inference-profile\//.test(invokeId);
  if (!isProfileArn || scope === null || baseId.startsWith('arn:')) {
    return invokeId;
  }
  return scope === 'in-region' ? baseId : `${scope}.${baseId}`;
}

function toReservedTokens({ reservedTokens, expectedTokens, promptTokensMax }: SpendBound): number {
  return reservedTokens ?? expectedTokens ?? Math.ceil((promptTokensMax ?? 0) / 2);
}

function toLease(bucket: QuotaBucket, tokens: number, burndown: number): QuotaLease {
  let isOpen = true;
  const end = (unusedTokens: number, unusedRequests = 0) => {
    if (isOpen) {
      isOpen = false;
      bucket.giveBack(unusedTokens, unusedRequests);
    }
  };
  const cancel = () => end(tokens, 1);
  return {
    settle: (result) => {
      if (result.errorCode !== undefined && isNeverSent(result.errorCode)) cancel();
      else end(tokens - (toCountedTokens(result, burndown) ?? tokens));
    },
    cancel,
  };
}

/** What Bedrock counts in the end: reads of the cache are free. Undefined where nobody knows. */
function toCountedTokens({ usage, statusCode }: AttemptResult, burndown: number): number | undefined {
  if (usage === undefined) {
    return statusCode !== undefined && statusCode >= 400 ? 0 : undefined;
  }
  const { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  return inputTokens === null || outputTokens === null
    ? undefined
    : inputTokens + (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0) + outputTokens * burndown;
}

function quotaShort(retryAfterMs: number): GatewayError {
  const { message, status, type, code } = FAILURES.accountQuota;
  const waitMs = Math.min(RETRY_AFTER_MS_MAX, Math.max(1, retryAfterMs));
  const headers = { 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(waitMs) };
  return new GatewayError(message, { status, type, code, headers });
}
