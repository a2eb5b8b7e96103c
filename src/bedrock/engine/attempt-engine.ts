import { setTimeout as delay } from 'node:timers/promises';
import { clientLeft, GatewayError } from '../../common/errors/gateway-error.js';
import type { WaitingClient } from '../../common/http/waiting-client.js';
import type { RouteCandidate } from '../../models/model-route.js';
import { QuotaShort } from '../quota/quota-gate.js';
import { retryAfterMsOf, statusOf } from '../upstream-error.js';
import { FAILURES } from '../upstream-failures.js';
import type { Permit } from './circuit-breaker.js';
import { NotAdmitted } from './metered-attempt.js';
import { RetryBudget } from './retry-budget.js';
import { retryDelayMs } from './retry-delay.js';
import { TargetHealthBook, type TargetHealth } from './target-health.js';
import { ToldFailure } from './told-failure.js';
import { verdictOf, type Verdict } from './verdict.js';

export interface EngineOptions {
  /** Attempts of one call, the first one included. */
  attemptsMax: number;
  /** Retries per request in the long run, for example 0.1. */
  retryRatio: number;
  /** Faults in a row after which a target is left alone for a moment; 0: never. */
  breakerFailures: number;
  /** Told of every attempt after the first one of a call, once it has been made: what was not admitted is none. */
  retrying?: (kind: 'repeat' | 'failover') => void;
  /** Told of the account whose credentials AWS did not take. */
  unauthenticated?: (account: Candidate['account']) => void;
  /** From 0 to 1; replaced in tests. */
  random?: () => number;
  /** Milliseconds of a clock that only rises; replaced in tests. */
  now?: () => number;
}

/** One place to send to. */
export type Candidate = Pick<RouteCandidate, 'region' | 'account'> & {
  model: Pick<RouteCandidate['model'], 'invokeId'>;
};

/** What the same target may answer a moment later. */
const MAY_PASS: ReadonlySet<Verdict> = new Set(['fault', 'throttled', 'account-fault', 'unauthenticated']);

/** Less time than this no attempt can use. */
const USEFUL_MS = 250;

interface Entry<C> {
  candidate: C;
  health: TargetHealth;
  tries: number;
  notBeforeMs: number;
  /** For the account's quota; at first another candidate may have room. */
  mayWait: boolean;
}

/**
 * Runs calls over the candidates of a route until one is answered: the next candidate after a failure that another may
 * not have, the same one again after a pause, within a budget of retries. Targets that only fail are left alone.
 */
export class AttemptEngine {
  private readonly budget: RetryBudget;
  private readonly book: TargetHealthBook;
  private readonly random: () => number;
  private readonly now: () => number;

  constructor(private readonly options: EngineOptions) {
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.now());
    this.budget = new RetryBudget(options.retryRatio, this.now);
    this.book = new TargetHealthBook(options.breakerFailures, this.now);
  }

  /** Targets that nothing is sent to at the moment. */
  get circuitsOpen(): number {
    return this.book.circuitsOpen;
  }

  /**
   * The first answer. `plan` prepares a call without making it: what it throws for the first candidate is thrown, and
   * any other candidate that it throws for is passed over. An attempt is told whether it may wait for a quota. Nothing is
   * begun for a client that has left; what is begun goes on without it, and the memory of its request is held as long.
   * @throws what an attempt threw, see `ToldFailure`, or GatewayError 429 or 503 where every target is left alone
   */
  run<C extends Candidate, T>(
    candidates: readonly [C, ...C[]],
    client: WaitingClient,
    plan: (candidate: C) => (mayWait: boolean) => Promise<T>,
  ): Promise<T> {
    return client.holdsDuring(() => this.firstAnswer(candidates, client, plan));
  }

  private async firstAnswer<C extends Candidate, T>(
    candidates: readonly [C, ...C[]],
    client: WaitingClient,
    plan: (candidate: C) => (mayWait: boolean) => Promise<T>,
  ): Promise<T> {
    if (client.left.aborted) throw clientLeft();
    this.budget.earn();
    const first = { candidate: candidates[0], attempt: plan(candidates[0]) };
    const planned = (candidate: C) =>
      candidate === first.candidate ? first.attempt : orUndefined(() => plan(candidate));
    const queue = this.queueOf(candidates);
    const able = new Set(queue);
    const failure = new ToldFailure();
    let attempts = 0;
    for (let entry = takeNext(queue); entry !== undefined; entry = takeNext(queue)) {
      const attempt = planned(entry.candidate);
      if (attempt === undefined) {
        able.delete(entry);
        continue;
      }
      const isRetry = attempts > 0;
      // The quota of another may have room in time.
      if (isRetry && !this.isInTime(entry, client)) {
        continue;
      }
      if (isRetry && !(await this.mayRetry(entry, attempts, client))) {
        break;
      }
      const permit = entry.health.breaker.enter();
      if (permit === null) {
        if (isRetry) this.budget.giveBack();
        continue;
      }
      const kind = entry.tries > 0 ? 'repeat' : 'failover';
      attempts += 1;
      try {
        const answer = await attempt(entry.mayWait);
        if (isRetry) this.options.retrying?.(kind);
        permit.answered();
        entry.health.serves();
        return answer;
      } catch (error) {
        if (error instanceof QuotaShort) {
          permit.abandoned();
          attempts -= 1;
          if (isRetry) this.budget.giveBack();
          if (entry.mayWait) {
            failure.unlessSeen(error.cause);
            break;
          }
          queue.push({ ...entry, mayWait: true, notBeforeMs: this.now() });
          continue;
        }
        if (error instanceof NotAdmitted) {
          permit.abandoned();
          attempts -= 1;
          if (isRetry) this.budget.giveBack();
          // A later attempt that may not be made leaves the failure of the one before it.
          failure.unlessSeen(error.cause);
          if (attempts === 0) {
            break;
          }
          continue;
        }
        if (isRetry) this.options.retrying?.(kind);
        const verdict = verdictOf(error);
        failure.saw(error, verdict, entry.health);
        learn(queue, entry, permit, verdict, error);
        if (verdict === 'unauthenticated') this.options.unauthenticated?.(entry.candidate.account);
        if (MAY_PASS.has(verdict)) this.enqueueAgain(queue, entry, error, client);
        // What a stand-in refuses, another may take.
        if (verdict === 'final' && failure.error === error) {
          break;
        }
      }
    }
    throw failure.error ?? leftAlone([...able].map(({ health }) => health));
  }

  /** The best first: as the route has them, but those last that lately could not serve at all. */
  private queueOf<C extends Candidate>(candidates: readonly C[]): Entry<C>[] {
    const entries = candidates.map((candidate) => ({
      candidate,
      health: this.book.of(keyOf(candidate)),
      tries: 0,
      notBeforeMs: 0,
      mayWait: candidates.length === 1,
    }));
    if (entries.length === 1) {
      return entries;
    }
    const [sound, unusable]: [Entry<C>[], Entry<C>[]] = [[], []];
    for (const entry of entries) {
      (entry.health.isUnusable() ? unusable : sound).push(entry);
    }
    return [...sound, ...unusable];
  }

  /** Behind the candidates that were not tried yet. A client that repeats its requests needs no repetition here. */
  private enqueueAgain<C>(queue: Entry<C>[], entry: Entry<C>, error: unknown, client: WaitingClient): void {
    const tries = entry.tries + 1;
    const retryAfterMs = retryAfterMsOf(error);
    // Other requests turn to another target meanwhile; where there is none they are not held back by what one was told.
    if (retryAfterMs !== undefined) entry.health.rests(retryAfterMs);
    const waitMs = retryDelayMs(tries, retryAfterMs, this.random());
    if (waitMs !== null && client.retryCount === 0) {
      queue.push({ ...entry, tries, notBeforeMs: this.now() + waitMs });
    }
  }

  /** Whether the retry is due before it is too late for the client. */
  private isInTime({ notBeforeMs }: Entry<unknown>, client: WaitingClient): boolean {
    return Math.max(this.now(), notBeforeMs) + USEFUL_MS <= client.deadlineMs;
  }

  /** Waits until the retry is due. False when it is one too many, or the client leaves. */
  private async mayRetry(entry: Entry<unknown>, attempts: number, client: WaitingClient): Promise<boolean> {
    if (attempts >= this.options.attemptsMax || client.left.aborted || !this.budget.take()) {
      return false;
    }
    const waitMs = Math.max(0, entry.notBeforeMs - this.now());
    if (waitMs === 0) {
      return true;
    }
    return delay(waitMs, true, { signal: client.left }).catch(() => {
      this.budget.giveBack();
      return false;
    });
  }
}

/**
 * A target is a model in a region under one account: that is what Bedrock's quotas are counted for. A role that is
 * refused with one external id may be granted with another.
 */
function keyOf({ region, account, model }: Candidate): string {
  return `${region} ${accountKeyOf(account)} ${model.invokeId}`;
}

function accountKeyOf(account: Candidate['account']): string {
  return account === null ? '' : `${account.roleArn} ${account.externalId ?? ''}`;
}

/** Takes the candidate that is due first, of those whose circuits let an attempt through; the better one of equals. */
function takeNext<C>(queue: Entry<C>[]): Entry<C> | undefined {
  let next: Entry<C> | undefined;
  for (const entry of queue) {
    const isOpen = entry.health.breaker.pauseLeftMs > 0;
    if (!isOpen && (next === undefined || goesBefore(entry, next))) next = entry;
  }
  if (next !== undefined) queue.splice(queue.indexOf(next), 1);
  return next;
}

/** A pause before a repetition is shorter than what a wait for a quota can take. */
function goesBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.mayWait === other.mayWait ? one.notBeforeMs < other.notBeforeMs : other.mayWait;
}

/** Notes what a failure says of its target, and of those that are still to be tried. */
function learn<C extends Candidate>(
  queue: Entry<C>[],
  entry: Entry<C>,
  permit: Permit,
  verdict: Verdict,
  error: unknown,
): void {
  switch (verdict) {
    case 'fault':
    case 'throttled':
      permit.failed(verdict);
      break;
    case 'account-fault':
      permit.failed('fault');
      removeAccount(queue, entry.candidate);
      break;
    case 'unauthenticated':
    case 'elsewhere':
      permit.answered();
      entry.health.servesNothing();
      break;
    case 'other-account':
      permit.abandoned();
      for (const { health } of [entry, ...removeAccount(queue, entry.candidate)]) health.servesNothing();
      break;
    case 'final':
      if (statusOf(error) === undefined) permit.abandoned();
      else permit.answered();
  }
}

/** Takes out the candidates under the same account, and answers them. */
function removeAccount<C extends Candidate>(queue: Entry<C>[], { account }: Candidate): Entry<C>[] {
  const key = accountKeyOf(account);
  const isSame = ({ candidate }: Entry<C>) => accountKeyOf(candidate.account) === key;
  const removed = queue.filter(isSame);
  queue.splice(0, queue.length, ...queue.filter((entry) => !isSame(entry)));
  return removed;
}

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof GatewayError && error.status < 500) {
      return undefined;
    }
    throw error;
  }
}

/** What a client is told while nothing is sent: what the targets said last, without asking them. */
function leftAlone(targets: readonly TargetHealth[]): GatewayError {
  const pauseMs = Math.min(...targets.map(({ breaker }) => breaker.pauseLeftMs));
  const isThrottled = targets.every(({ breaker }) => breaker.lastFailure === 'throttled');
  const { message, status, type, code } = isThrottled ? FAILURES.throttled : FAILURES.unavailable;
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(pauseMs / 1000))) };
  return new GatewayError(message, { status, type, code, headers });
}
