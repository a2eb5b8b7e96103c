import { Logger } from '@nestjs/common';
import type { DurableWriter } from './durable-writer.js';
import type { LedgerStore } from './ledger-store.js';

/** A lease is renewed this many times before it would be over. */
const RENEWALS_PER_LEASE = 4;

/** What the ledger does beside the requests: renews this process's lease, replays journals, sweeps dead writers, folds sums. */
export class LedgerUpkeep {
  private readonly logger = new Logger(LedgerUpkeep.name);
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Since when every living writer could have renewed its lease; undefined while the database is away. */
  private reachableSince: number | undefined;

  constructor(
    private readonly store: LedgerStore,
    private readonly writer: DurableWriter,
    private readonly writerId: string,
    private readonly leaseMs: number,
  ) {
    this.intervalMs = leaseMs / RENEWALS_PER_LEASE;
  }

  async start(): Promise<void> {
    await this.underLease(() => this.round());
    this.schedule();
  }

  /** Ends the rounds, replays once more and gives the lease up. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    try {
      await this.underLease(() => this.writer.replay(false));
      await this.store.endLease(this.writerId);
    } catch (error) {
      this.logger.warn(
        { err: error },
        'The ledger could not give up its lease; its journal is replayed at the next start.',
      );
    }
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.running = this.underLease(() => this.round()).finally(() => {
        if (!this.stopped) {
          this.schedule();
        }
      });
    }, this.intervalMs);
    this.timer.unref();
  }

  /**
   * Renews the lease for as long as the work takes. After an outage a journal may be replayed for longer than a lease: others would
   * charge what this process has reserved meanwhile as if it were dead. One renewal at a time: a database that is slow has few
   * connections for the ledger.
   */
  private async underLease<T>(work: () => Promise<T>): Promise<T> {
    let renewing: Promise<void> | undefined;
    const renew = async () => {
      // Who works on the same database learns by himself that it is away.
      await this.store.renewLease(this.writerId, this.leaseMs).catch(() => undefined);
      renewing = undefined;
    };
    const timer = setInterval(() => {
      renewing ??= renew();
    }, this.intervalMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await renewing;
    }
  }

  private async round(): Promise<void> {
    try {
      await this.store.renewLease(this.writerId, this.leaseMs);
      if (!(await this.writer.replay(true))) {
        this.reachableSince = undefined;
        return;
      }
      await this.store.closeSettled(this.writerId);
      await this.sweep();
    } catch (error) {
      if (this.reachableSince !== undefined) {
        this.logger.warn({ err: error }, 'The database does not answer the ledger.');
      }
      this.reachableSince = undefined;
      return;
    }
    await this.fold();
  }

  /** Sums that cannot be folded are no reason to leave open what dead processes have left. */
  private async fold(): Promise<void> {
    try {
      await this.store.fold();
    } catch (error) {
      this.logger.warn({ err: error }, 'The sums of usage could not be folded; the next round tries again.');
    }
  }

  /**
   * After an outage of the database all leases are over, also those of writers that live. So nothing is swept before
   * the database was reachable for one whole lease, in which they have renewed.
   */
  private async sweep(): Promise<void> {
    this.reachableSince ??= performance.now();
    if (performance.now() - this.reachableSince < this.leaseMs) {
      return;
    }
    const swept = await this.store.sweep();
    await this.store.sweepReservations();
    if (swept > 0) {
      this.logger.warn(`Settled ${swept} attempts that a dead process had left open; they are flagged as estimated.`);
    }
  }
}
