import { Crowd } from './crowd.js';
import { FairQueue, type Owner } from './fair-queue.js';

/** So many are served in the order in which they came, and all of them: a few clients that ask again at once are no crowd. */
const IN_ORDER_MAX = 32;
/** More of them are served in order, too, as long as nobody waits for longer and they are not there for good. */
const IN_ORDER_MS = 100;
/**
 * What begins in one turn, in cost. Requests that begin together go through the same code one after the other, which costs
 * less than each by itself; more in one turn would make those wait that have begun.
 */
const COST_PER_TURN = 8;
/** Refusals cost time, too. */
const REFUSALS_PER_TURN = 64;
/**
 * The system's queue of new connections gives up one per turn of the event loop, and none is heard that stands in it. So
 * many turns at most are for connections alone, as long as there are new ones: a thousand that come at once are heard in a moment.
 */
const CONNECTING_TURNS_MAX = 64;
/** How soon is looked again whether something else still holds requests back. */
const HELD_MS = 2;
/** Whoever has waited for so long goes before those that came later: a crowd that is still there then is getting smaller. */
const PATIENT_MS = 5_000;
/** Whoever has waited for longer is told so, however few wait: nobody knows when that will end. */
const WAIT_MAX_MS = 10_000;

/** Code that has hardly run yet is slow and becomes faster by itself: so many are served in order, and none is late. */
const COLD_STARTS = 2_000;

/**
 * Why a request is refused: too many wait, it is late while more comes than can be served or while none of those that run
 * ends, or it is late beyond all patience.
 */
export type RefusalReason = 'queue_full' | 'late' | 'in_flight' | 'stuck';

interface Waiting {
  cost: number;
  sinceMs: number;
  start: () => void;
  refuse: (reason: RefusalReason) => void;
}

export interface TurnsOptions {
  /** Most requests that wait beside those that begin next; one more, and the oldest of the busiest owner is refused. */
  waitingMax: number;
  /** While more comes than can be served, those that have waited longer are refused. */
  waitMaxMs: number;
  /** How many may begin beside those that run. */
  room?: () => number;
  costPerTurn?: number;
  clock?: TurnClock;
}

export interface TurnClock {
  /** Milliseconds of a clock that only rises. */
  now(): number;
  /** Runs at the end of this turn of the event loop, after all that was ready in it. */
  atTurnEnd(run: () => void): void;
  after(ms: number, run: () => void): void;
}

const EVENT_LOOP: TurnClock = {
  now: () => performance.now(),
  atTurnEnd: (run) => setImmediate(run),
  after: (ms, run) => setTimeout(run, ms),
};

/**
 * Lets requests begin together at the end of a turn of the event loop, after the work that is ready in it, and only so
 * many. So what runs already goes before what is new: however much comes, a request that has begun waits little, and a
 * stream's reader sees no pause. What arrives faster than that waits. Of a crowd that waits for long the newest are
 * served first, as the oldest are late anyway. A burst is served to its end; where the crowd stays, the late are refused,
 * since work for them would be taken from the others.
 */
export class Turns {
  private readonly queue = new FairQueue<Waiting>();
  private readonly crowd = new Crowd(IN_ORDER_MAX);
  private readonly holds: (() => boolean)[] = [];
  private readonly waitingMax: number;
  private readonly waitMaxMs: number;
  private readonly room: () => number;
  private readonly costPerTurn: number;
  private readonly clock: TurnClock;
  private isScheduled = false;
  private begun = 0;
  private hasConnected = false;
  private connectingTurns = 0;
  /** Some of a crowd were late, and it is still there. */
  private isTooMuch = false;

  constructor(options: TurnsOptions) {
    this.waitingMax = options.waitingMax;
    this.waitMaxMs = options.waitMaxMs;
    this.room = options.room ?? (() => Number.POSITIVE_INFINITY);
    this.costPerTurn = options.costPerTurn ?? COST_PER_TURN;
    this.clock = options.clock ?? EVENT_LOOP;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Nothing begins while this is so: something that all requests need in the end cannot keep up. */
  holdWhile(isBehind: () => boolean): void {
    this.holds.push(isBehind);
  }

  /**
   * Calls `start` at the end of this turn or of one of the next, or `refuse` when it cannot be served in time.
   * @param cost the work of this request beside others'; 1 is a small one
   */
  take(owner: Owner, cost: number, start: () => void, refuse: (reason: RefusalReason) => void): void {
    this.queue.push(owner, { cost, sinceMs: this.clock.now(), start, refuse });
    if (this.queue.size > this.waitingMax + this.costPerTurn) this.queue.dropOldest()?.refuse('queue_full');
    this.schedule();
  }

  /** Call it for every new connection. */
  connected(): void {
    this.hasConnected = true;
    this.schedule();
  }

  /** All that waits begins at once: it is to be told that it comes too late. */
  startAll(): void {
    for (let next = this.queue.takeOldest(); next !== undefined; next = this.queue.takeOldest()) next.start();
  }

  private get isCold(): boolean {
    return this.begun < COLD_STARTS;
  }

  private get isConnecting(): boolean {
    return this.hasConnected && this.connectingTurns < CONNECTING_TURNS_MAX;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.clock.atTurnEnd(this.nextTurn);
  }

  private isHeld(): boolean {
    return this.holds.some((isBehind) => isBehind());
  }

  private readonly nextTurn = (): void => {
    const now = this.clock.now();
    const isStanding = this.crowd.stands(this.queue.size, now) && !this.isCold;
    const room = this.room();
    const isFull = room <= 0;
    const late = isStanding || isFull ? this.refuseLate(now, this.waitMaxMs, isFull ? 'in_flight' : 'late') : 0;
    this.isTooMuch = this.queue.size > IN_ORDER_MAX && (this.isTooMuch || late > 0);
    this.refuseLate(now, WAIT_MAX_MS, 'stuck');
    const isForConnections = this.isConnecting;
    this.connectingTurns = isForConnections ? this.connectingTurns + 1 : 0;
    this.hasConnected = false;
    const isHeld = !isForConnections && (isFull || this.isHeld());
    const starts = isForConnections || isHeld ? [] : this.takeSome(now, room);
    this.isScheduled = this.queue.size > 0;
    if (this.isScheduled && isHeld) this.clock.after(HELD_MS, this.nextTurn);
    else if (this.isScheduled) this.clock.atTurnEnd(this.nextTurn);
    this.begun += starts.length;
    for (const { start } of starts) start();
  };

  private takeSome(nowMs: number, room: number): Waiting[] {
    const taken: Waiting[] = [];
    for (let cost = 0; cost < this.costPerTurn && taken.length < room;) {
      const next = this.takeNext(nowMs);
      if (next === undefined) break;
      taken.push(next);
      cost += next.cost;
    }
    return taken;
  }

  private takeNext(nowMs: number): Waiting | undefined {
    if (this.queue.size <= IN_ORDER_MAX || this.isCold) return this.queue.takeOldest();
    const next = this.queue.peek();
    const waitedMs = next === undefined ? 0 : nowMs - next.sinceMs;
    const isInOrder = !this.isTooMuch && (waitedMs <= IN_ORDER_MS || waitedMs >= PATIENT_MS);
    return isInOrder ? this.queue.takeOldest() : this.queue.takeNewest();
  }

  private refuseLate(nowMs: number, waitMaxMs: number, reason: RefusalReason): number {
    const late = this.queue.dropWhere(({ sinceMs }) => nowMs - sinceMs > waitMaxMs, REFUSALS_PER_TURN);
    for (const { refuse } of late) refuse(reason);
    return late.length;
  }
}
