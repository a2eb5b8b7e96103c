import type { AppConfig } from '../../config/app-config.js';
import { withoutQuote } from './lean/service-error.js';

/** How long Bedrock may take, in milliseconds. */
export interface RuntimeTimeouts {
  connectMs: number;
  /** From the request to the status line. */
  firstByteMs: number;
  /** Between two reads of an answer. */
  idleMs: number;
}

export function toRuntimeTimeouts(config: AppConfig): RuntimeTimeouts {
  return {
    connectMs: config.awsConnectTimeoutMs,
    firstByteMs: config.awsFirstByteTimeoutMs,
    idleMs: config.awsIdleTimeoutMs,
  };
}

export type TimeoutName = 'ConnectTimeout' | 'FirstByteTimeout' | 'IdleTimeout';

const MESSAGES: Readonly<Record<TimeoutName, string>> = {
  ConnectTimeout: 'Bedrock did not accept a connection in time.',
  FirstByteTimeout: 'Bedrock did not begin its answer in time.',
  IdleTimeout: 'Bedrock stopped in the middle of its answer.',
};

export function timeoutError(name: TimeoutName, cause?: unknown): Error {
  const error = new Error(MESSAGES[name], { cause });
  error.name = name;
  return error;
}

/** Puts names to the timeouts of calls through the SDK, which knows one kind of them, and lets no error quote an answer. */
export class Deadline {
  private readonly late = new AbortController();
  private readonly signal: AbortSignal;

  constructor(given: AbortSignal | undefined) {
    this.signal = given === undefined ? this.late.signal : AbortSignal.any([given, this.late.signal]);
  }

  /** Ends the call; nobody waits for it any more. */
  abort(): void {
    this.late.abort();
  }

  /** @throws Error named `name` when `run` takes longer than `ms`; its signal is aborted then */
  async within<T>(ms: number, name: TimeoutName, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.late.abort(timeoutError(name)), ms);
    try {
      return await run(this.signal);
    } catch (error) {
      throw this.late.signal.aborted ? this.late.signal.reason : withoutQuote(toNamed(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

function toNamed(error: unknown): unknown {
  const isConnect = error instanceof Error && /did not establish a connection/.test(error.message);
  return isConnect ? timeoutError('ConnectTimeout', error) : error;
}
