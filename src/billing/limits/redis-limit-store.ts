import { Redis } from 'ioredis';
import { inTime } from '../../common/in-time.js';
import type { Claim, LimitCounts, LimitState, Refused, Taken } from './limit-store.js';
import type { AppliedLimit } from './rate-limit.js';
import { CORRECT, RENEW, TAKE } from './redis-scripts.js';
import { WINDOW_SHAPES } from './window-shape.js';

const KEY_PREFIX = 'bedrock-gateway:limits:';
/** Redis answers within a millisecond; when it is silent for this long, it is away. */
const ANSWER_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A server that is silent does not close its side of a connection either. */
const DISCONNECT_TIMEOUT_MS = 100;
const RECONNECT_MS_MAX = 1_000;
/** How long a lease outlives the process that holds it. */
const LEASE_MS = 30_000;
/** Above this, the script means that no waiting helps. */
const NEVER_MS = 9e15;
/** Leases that are renewed by one command. */
const RENEW_BATCH = 500;

type Argument = string | number;

/** The scripts as commands; the first argument is the number of keys. */
interface LimitCommands {
  takeLimits(keys: number, ...args: Argument[]): Promise<number[]>;
  correctLimits(keys: number, ...args: Argument[]): Promise<number[]>;
  renewLeases(keys: number, ...args: Argument[]): Promise<string>;
}

interface Lease {
  leaseId: string;
  limits: readonly AppliedLimit[];
}

/** Counts in Redis or Valkey, for all replicas together: one round trip takes all claims of a call or none. */
export class RedisLimitStore implements LimitCounts {
  private readonly redis: Redis & LimitCommands;
  private readonly leases = new Map<string, Lease>();
  private renewal: NodeJS.Timeout | undefined;
  private isAnswering = false;
  private greeted = (): void => undefined;

  constructor(
    url: string,
    private readonly leaseMs = LEASE_MS,
  ) {
    this.redis = new Redis(url, {
      lazyConnect: true,
      keyPrefix: KEY_PREFIX,
      connectionName: 'bedrock-gateway',
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_MS_MAX),
      // A primary that has become a replica refuses writes until the connection leads to the new one.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
      scripts: {
        takeLimits: { lua: TAKE },
        correctLimits: { lua: CORRECT },
        renewLeases: { lua: RENEW },
      },
    }) as Redis & LimitCommands;
  }

  get isReady(): boolean {
    return this.isAnswering;
  }

  /** Connects, and goes on trying. Resolves when the first try has ended, however it did. */
  async open(onChange: (isReady: boolean, error?: unknown) => void): Promise<void> {
    let lastError: unknown;
    this.redis.on('error', (error: unknown) => (lastError = error));
    this.redis.on('connect', () => {
      this.greeting().catch((error: unknown) => {
        lastError = error;
        this.redis.disconnect(true);
      });
    });
    this.redis.on('ready', () => {
      this.isAnswering = true;
      this.greeted();
      onChange(true);
    });
    this.redis.on('close', () => {
      this.isAnswering = false;
      this.greeted();
      onChange(false, lastError);
    });
    this.renewal = setInterval(() => void this.renew(), this.leaseMs / 3).unref();
    await this.redis.connect().catch(() => undefined);
  }

  close(): void {
    clearInterval(this.renewal);
    this.redis.disconnect();
  }

  /** Throws when Redis does not answer; whether anything was taken is then not known. */
  async take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused> {
    const args = claims.flatMap(({ limit, amount }) => [amount, limit.amount, ...shapeOf(limit)]);
    const answer = await this.answered(
      this.redis.takeLimits(claims.length, ...keys(claims), leaseId, this.leaseMs, ...args),
    );
    const [granted = 0, atMs = 0, refusedBy = 0, longestMs = 0, ...counts] = answer;
    const limits = claims.map(({ limit }) => limit);
    const states = toStates(limits, counts).filter(({ limit }) => limit.window !== '');
    const refused = claims[refusedBy - 1];
    if (refused !== undefined) {
      const retryAfterMs = longestMs >= NEVER_MS ? Infinity : longestMs;
      return { granted: false, by: refused, used: counts[(refusedBy - 1) * 2] ?? 0, retryAfterMs, states };
    }
    if (granted !== 1) {
      throw new Error('Redis gave no verdict on a claim.');
    }
    const held = limits.filter(({ window }) => window === '');
    if (held.length > 0) {
      this.leases.set(leaseId, { leaseId, limits: held });
    }
    return { granted: true, counts: this, atMs, states };
  }

  async correct(corrections: readonly Claim[], takenAtMs: number): Promise<LimitState[]> {
    const args = corrections.flatMap(({ limit, amount }) => [amount, ...shapeOf(limit)]);
    try {
      const counts = await this.answered(
        this.redis.correctLimits(corrections.length, ...keys(corrections), takenAtMs, ...args),
      );
      return toStates(
        corrections.map(({ limit }) => limit),
        counts,
      );
    } catch {
      // What was taken goes on counting until it leaves the window by itself.
      return [];
    }
  }

  async release(limits: readonly AppliedLimit[], leaseId: string): Promise<void> {
    this.leases.delete(leaseId);
    // A lease that cannot be ended now ends by itself, because nobody renews it.
    await Promise.all(limits.map(({ counter }) => this.answered(this.redis.zrem(counter, leaseId)).catch(() => 0)));
  }

  private async renew(): Promise<void> {
    const held = [...this.leases.values()].flatMap(({ leaseId, limits }) =>
      limits.map(({ counter }) => ({ counter, leaseId })),
    );
    for (let start = 0; start < held.length && this.isReady; start += RENEW_BATCH) {
      // A place that was released while the batch before was under way must not be taken again.
      const batch = held.slice(start, start + RENEW_BATCH).filter(({ leaseId }) => this.leases.has(leaseId));
      const counters = batch.map(({ counter }) => counter);
      const leaseIds = batch.map(({ leaseId }) => leaseId);
      const renewed = this.redis.renewLeases(batch.length, ...counters, this.leaseMs, ...leaseIds);
      await this.answered(renewed).catch(() => undefined);
    }
  }

  /** The client itself waits for what a new connection is told first for as long as that lasts. */
  private greeting(): Promise<void> {
    const greeted = new Promise<void>((resolve) => (this.greeted = resolve));
    return inTime(greeted, ANSWER_TIMEOUT_MS, 'Redis');
  }

  /** A connection on which something failed is not waited for again, but made anew. */
  private async answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await inTime(answer, ANSWER_TIMEOUT_MS, 'Redis');
    } catch (error) {
      if (this.isAnswering) {
        this.isAnswering = false;
        this.redis.disconnect(true);
      }
      throw error;
    }
  }
}

function keys(claims: readonly Claim[]): string[] {
  return claims.map(({ limit }) => limit.counter);
}

/** Ms of a bucket and how many there are; zeros for leases. */
function shapeOf({ window }: AppliedLimit): [number, number] {
  if (window === '') {
    return [0, 0];
  }
  const { bucketMs, bucketCount } = WINDOW_SHAPES[window];
  return [bucketMs, bucketCount];
}

function toStates(limits: readonly AppliedLimit[], counts: readonly number[]): LimitState[] {
  return limits.map((limit, index) => ({
    limit,
    used: counts[index * 2] ?? 0,
    resetMs: counts[index * 2 + 1] ?? 0,
  }));
}
