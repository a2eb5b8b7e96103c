import { Injectable, Logger } from '@nestjs/common';
import { Bag } from '../../common/bag.js';
import { AppConfig } from '../../config/app-config.js';
import type { UsageMeter } from './usage-meter.js';

/** A stream that a client reads; `return` lets go of the client. */
interface OpenStream {
  return(): Promise<unknown>;
}

/** A stream that is read on without a client, or a call for a whole answer. */
interface Drain {
  meter: UsageMeter;
  drained: Promise<void>;
}

/** How long an aborted stream may take to end by itself before its attempts are settled without it. */
const ABORT_GRACE_MS = 1_000;

/**
 * Reads on the streams whose client left, because Bedrock bills them whole and reports the usage last. Bounded in
 * time and number; a stream beyond the bounds is aborted and its usage stays unknown. Whole answers go on by themselves
 * and have bounds of their own; the end of the process waits for them, too.
 */
@Injectable()
export class StreamDrains {
  private readonly logger = new Logger(StreamDrains.name);
  private readonly running = new Bag<Drain>();
  private readonly open = new Bag<OpenStream>();
  private readonly calls = new Bag<Drain>();

  constructor(private readonly config: AppConfig) {}

  get count(): number {
    return this.running.size;
  }

  /** A client reads this stream from now on. Answers what to call when it has read it to its end, or left. */
  opened(stream: OpenStream): () => void {
    return this.open.add(stream);
  }

  /** The work of a request for a whole answer, which goes on when its client leaves. */
  working(work: Promise<unknown>, meter: UsageMeter): void {
    const drained = work.then(
      () => end(),
      () => end(),
    );
    const end = this.calls.add({ meter, drained });
  }

  /** Reads `source` to its end in the background, then closes the meter. Never throws. */
  start(source: AsyncIterator<unknown>, meter: UsageMeter): void {
    const full = this.config.streamDrainMs === 0 || this.running.size >= this.config.streamDrainMax;
    if (full) {
      meter.abort();
    }
    const drained = this.drain(source, meter, full ? ABORT_GRACE_MS : this.config.streamDrainMs)
      .catch((error: unknown) => this.logger.error({ err: error }, 'A stream without a client could not be settled.'))
      .finally(() => end());
    const end = this.running.add({ meter, drained });
  }

  /**
   * Waits until every stream is read to its end, and every whole answer is there, or from `timeoutMs` on aborted. No client
   * is left by now, though the news of it may not have reached every stream.
   */
  async stop(timeoutMs: number): Promise<void> {
    await Promise.all(this.open.items.map((stream) => stream.return()));
    const all = Promise.all(this.underWay.map(({ drained }) => drained));
    if (!(await endsWithin(all, timeoutMs))) {
      for (const { meter } of this.underWay) {
        meter.abort();
      }
      await endsWithin(all, ABORT_GRACE_MS);
    }
  }

  private get underWay(): Drain[] {
    return [...this.running.items, ...this.calls.items];
  }

  private async drain(source: AsyncIterator<unknown>, meter: UsageMeter, timeoutMs: number): Promise<void> {
    const end = readToEnd(source);
    if (!(await endsWithin(end, timeoutMs))) {
      meter.abort();
      void source.return?.().catch(() => undefined);
      await endsWithin(end, ABORT_GRACE_MS);
    }
    await meter.close('client_gone');
  }
}

/** A failure of the source was settled by whoever produced it, and nobody is left to be told. */
async function readToEnd(source: AsyncIterator<unknown>): Promise<void> {
  try {
    while (!(await source.next()).done);
  } catch {
    return;
  }
}

async function endsWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
