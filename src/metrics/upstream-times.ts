import { Injectable } from '@nestjs/common';

interface Times {
  beganAt: number | undefined;
  endedAt: number;
}

/** When the upstream part of each running request began and ended, so that its time can be told from the gateway's. */
@Injectable()
export class UpstreamTimes {
  private readonly running = new Map<string, Times>();

  /** From here until `take`, attempts of the request are noted. */
  watch(requestId: string): void {
    this.running.set(requestId, { beganAt: undefined, endedAt: 0 });
  }

  began(requestId: string): void {
    const times = this.running.get(requestId);
    if (times) times.beganAt ??= performance.now();
  }

  ended(requestId: string): void {
    const times = this.running.get(requestId);
    if (times) times.endedAt = performance.now();
  }

  /** Milliseconds from the first attempt's begin to the last one's end; null where nothing was asked of Bedrock. */
  take(requestId: string): number | null {
    const times = this.running.get(requestId);
    this.running.delete(requestId);
    return times?.beganAt === undefined ? null : Math.max(0, times.endedAt - times.beganAt);
  }
}
