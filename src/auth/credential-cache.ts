import { unavailable } from '../common/errors/gateway-error.js';
import { inTime } from '../common/in-time.js';

/** How far the cache may be trusted without asking the database. */
export interface CacheTrust {
  /** Monotonic time, in ms, up to which every change is known; `-Infinity` before the first beat. */
  readonly knownUntilMs: number;
}

export interface CredentialCacheOptions {
  /** How long an answer holds after the last proof that nothing changed. */
  ttlMs: number;
  /** How long a known credential is served while the database cannot be asked. */
  staleMs: number;
  /** Most credentials that are kept; the oldest goes first. Misses are kept apart, so that they cannot crowd it out. */
  maxEntries: number;
  maxMisses: number;
  /** How long the database may take to answer before it counts as away. */
  queryTimeoutMs: number;
}

interface Entry<T> {
  value: T;
  checkedAtMs: number;
}

/** After a failed query the next one is made no sooner. */
const RETRY_AFTER_FAILURE_MS = 500;

/**
 * Credentials by the digest of their secret: the whole digest, since a part of it would let one secret be taken for
 * another. An answer is used without a query as long as the change feed is known to have missed nothing. When it
 * lapses the database is asked again; when that fails, what is known is served for a limited time, at once until a query
 * succeeds, and what is not known is a 503: a 401 would tell a client to throw its good key away.
 */
export class CredentialCache<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly misses = new Map<string, number>();
  private readonly loading = new Map<string, Promise<T | null>>();
  private generation = 0;
  private failedAtMs = Number.NEGATIVE_INFINITY;
  /** The last query failed. */
  private isAway = false;
  private isProbing = false;

  constructor(
    private readonly load: (digest: Buffer<ArrayBuffer>) => Promise<T | null>,
    private readonly trust: CacheTrust,
    private readonly options: CredentialCacheOptions,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The credential of this digest, or null when there is none. Throws a 503 when nobody can tell. */
  find(digest: Buffer<ArrayBuffer>): T | null | Promise<T | null> {
    const id = digest.toString('latin1');
    const entry = this.entries.get(id);
    if (entry !== undefined && this.isFresh(entry.checkedAtMs)) return entry.value;
    const missedAtMs = this.misses.get(id);
    if (missedAtMs !== undefined && this.isFresh(missedAtMs)) return null;
    return this.reload(id, digest);
  }

  /** Forgets what matches, and whatever is being loaded at this moment. */
  forget(matches: (value: T) => boolean): void {
    this.distrustRunningQueries();
    for (const [id, entry] of this.entries) if (matches(entry.value)) this.entries.delete(id);
  }

  /** Forgets which secrets do not exist, because new ones do. */
  forgetMisses(): void {
    this.distrustRunningQueries();
    this.misses.clear();
  }

  /** A query that began before a change may answer with what was: nobody may join it and nothing keep it. */
  private distrustRunningQueries(): void {
    this.generation += 1;
    this.loading.clear();
  }

  private get hasJustFailed(): boolean {
    return this.now() - this.failedAtMs < RETRY_AFTER_FAILURE_MS;
  }

  private isFresh(checkedAtMs: number): boolean {
    return this.now() - Math.max(checkedAtMs, this.trust.knownUntilMs) < this.options.ttlMs;
  }

  private reload(id: string, digest: Buffer<ArrayBuffer>): T | Promise<T | null> {
    const entry = this.isAway ? this.stillServed(id) : undefined;
    if (entry !== undefined) {
      this.probe(id, digest);
      return entry.value;
    }
    const running = this.loading.get(id);
    if (running) return running;
    const loading = this.query(id, digest).finally(() => {
      if (this.loading.get(id) === loading) this.loading.delete(id);
    });
    this.loading.set(id, loading);
    return loading;
  }

  /** Finds out behind the requests whether the database answers again: one that is silent would keep each waiting. */
  private probe(id: string, digest: Buffer<ArrayBuffer>): void {
    if (this.isProbing || this.hasJustFailed) return;
    this.isProbing = true;
    void this.query(id, digest)
      .catch(() => undefined)
      .finally(() => (this.isProbing = false));
  }

  private async query(id: string, digest: Buffer<ArrayBuffer>, attemptsLeft = 3): Promise<T | null> {
    if (this.hasJustFailed) return this.known(id);
    const generation = this.generation;
    const askedAtMs = this.now();
    let value: T | null;
    try {
      value = await inTime(this.load(digest), this.options.queryTimeoutMs, 'The database');
      this.isAway = false;
    } catch (error) {
      this.isAway = true;
      this.failedAtMs = this.now();
      return this.known(id, error);
    }
    // An answer may be older than a change that came meanwhile, so it is asked for again, and not kept if that goes on.
    if (generation === this.generation) this.keep(id, value, askedAtMs);
    else if (attemptsLeft > 1) return this.query(id, digest, attemptsLeft - 1);
    return value;
  }

  private keep(id: string, value: T | null, checkedAtMs: number): void {
    this.entries.delete(id);
    this.misses.delete(id);
    if (value === null) putBounded(this.misses, id, checkedAtMs, this.options.maxMisses);
    else putBounded(this.entries, id, { value, checkedAtMs }, this.options.maxEntries);
  }

  private known(id: string, cause?: unknown): T {
    const entry = this.stillServed(id);
    if (entry !== undefined) return entry.value;
    throw unavailable('The key could not be checked. Try again shortly.', 1, cause);
  }

  /** What is known of it, unless the database has been away for too long. */
  private stillServed(id: string): Entry<T> | undefined {
    const entry = this.entries.get(id);
    if (entry === undefined) return undefined;
    const checkedAtMs = Math.max(entry.checkedAtMs, this.trust.knownUntilMs);
    return this.now() - checkedAtMs < this.options.staleMs ? entry : undefined;
  }
}

function putBounded<V>(map: Map<string, V>, id: string, value: V, max: number): void {
  map.set(id, value);
  if (map.size > max) map.delete(map.keys().next().value!);
}
