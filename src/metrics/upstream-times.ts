import { Injectable } from '@nestjs/common';

interface Times {
  beganAt: number | undefined;
  endedAt: number;
  /** Attempts that have not ended. */
  open: number;
}

/** When the upstream part of each running request began and ended, so that its time can be told from the gateway's. */
@Injectable()
export class UpstreamTimes {
  private readonly running = new Map<string, Times>();

  /** From here until `take`, attempts of the request are noted. */
  watch(requestId: string): void {
    this.running.set(requestId, { beganAt: undefined, endedAt: 0, open: 0 });
  }

  began(requestId: string): void {
    const times = this.running.get(requestId);
    if (!times) return;
    times.beganAt ??= performance.now();
    times.open += 1;
  }

  ended(requestId: string): void {
    const times = this.running.get(requestId);
    if (!times) return;
    times.endedAt = performance.now();
    times.open -= 1;
  }

  /**
   * Milliseconds from the first attempt's begin to the last one's end, or to now where one still runs, as after its client
   * has left; null where nothing was asked of Bedrock.
   */
  take(requestId: string): number | null {
    const times = this.running.get(requestId);
    this.running.delete(requestId);
    if (times?.beganAt === undefined) return null;
    return (times.open > 0 ? performance.now() : times.endedAt) - times.beganAt;
  }
}
