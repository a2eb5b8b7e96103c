import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { isLong } from '../http/between-turns.js';
import { FairQueue, type Owner } from './fair-queue.js';

const MEBIBYTE = 1024 * 1024;
/** As long as anybody waits for a turn. */
const WAIT_MAX_MS = 10_000;

interface Waiting {
  /** Bytes. */
  cost: number;
  end: (isAdmitted: boolean) => void;
}

/**
 * What requests hold in memory: their long bodies, and the files that are fetched for them. To parse, map and send it takes
 * several times as much, so that a few dozen of the largest would be the end of a process without a bound for all of them.
 */
@Injectable()
export class HeldBytes {
  private readonly max: number;
  private readonly waiting = new FairQueue<Waiting>();
  private bytes = 0;

  constructor(config: AppConfig, metrics: Metrics) {
    this.max = config.requestMemoryMb * MEBIBYTE;
    metrics.gauge('gateway_request_bytes_held', 'Bytes of long requests and of their files.', () => this.bytes);
  }

  /** What one request holds: nothing yet. */
  open(): Hold {
    return new Hold(this);
  }

  /** False when there is no room beside what others hold. Alone, a request may hold as much as its own limits allow. */
  take(bytes: number, own: number): boolean {
    const others = this.bytes - own;
    if (others > 0 && this.bytes + bytes > this.max) return false;
    this.bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
    this.admitWaiting();
  }

  /**
   * Takes it as soon as there is room. Owners that wait get what becomes free by their weight, each in the order of
   * asking. False after ten seconds, or when it is cancelled.
   */
  takeInTurn(owner: Owner, bytes: number): { taken: Promise<boolean>; cancel: () => void } {
    if (this.waiting.size === 0 && this.take(bytes, 0)) {
      return { taken: Promise.resolve(true), cancel: () => undefined };
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { cost: bytes, end: resolve };
    const cancel = () => {
      this.waiting.remove(owner, waiting);
      resolve(false);
      // There may be room for those behind it.
      this.admitWaiting();
    };
    const timer = setTimeout(cancel, WAIT_MAX_MS);
    this.waiting.push(owner, waiting);
    return { taken: promise.finally(() => clearTimeout(timer)), cancel };
  }

  private admitWaiting(): void {
    for (let next = this.waiting.peek(); next !== undefined && this.take(next.cost, 0); next = this.waiting.peek()) {
      this.waiting.takeOldest();
      next.end(true);
    }
  }
}

/** What one request holds. */
export class Hold {
  private bytes = 0;
  private isOver = false;
  /** Works that are not done. */
  private works = 0;
  private cancel: (() => void) | undefined;

  constructor(private readonly all: HeldBytes) {}

  /** Waits until there is room for a body that is to be read. False when there is none, or the request is over. */
  async room(owner: Owner, bytes: number): Promise<boolean> {
    const { taken, cancel } = this.all.takeInTurn(owner, bytes);
    this.cancel = cancel;
    if (!(await taken)) return false;
    this.bytes += bytes;
    if (this.isOver) this.release();
    return !this.isOver;
  }

  /** Whether so much of a body may be held altogether; short ones do not count. */
  covers(bytes: number): boolean {
    return !isLong(bytes) || bytes <= this.bytes || this.take(bytes - this.bytes);
  }

  /** No more than so many of the body's bytes are needed. */
  keep(bytes: number): void {
    const spare = this.bytes - bytes;
    if (spare <= 0) return;
    this.bytes = bytes;
    this.all.give(spare);
  }

  /** False when there is no room for so much more, or the request is over. */
  take(bytes: number): boolean {
    const isTaken = !this.isOver && this.all.take(bytes, this.bytes);
    if (isTaken) this.bytes += bytes;
    return isTaken;
  }

  /** What is held stays held until the work is done, although the request may be over before. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.bytes === 0 ? work() : this.untilDone(work);
  }

  /** The request is over, or has let go of what it held. */
  release(): void {
    this.isOver = true;
    this.cancel?.();
    const { bytes } = this;
    if (this.works > 0 || bytes === 0) return;
    this.bytes = 0;
    this.all.give(bytes);
  }

  private async untilDone<T>(work: () => Promise<T>): Promise<T> {
    this.works += 1;
    try {
      return await work();
    } finally {
      this.works -= 1;
      if (this.isOver) this.release();
    }
  }
}
