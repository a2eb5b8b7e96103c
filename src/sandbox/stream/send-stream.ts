import { encodeErrorFrame, encodeEvent, encodeException } from '../framing/event-stream.js';
import type { Exchange } from '../http/exchange.js';
import type { Behaviour } from '../script/behaviour.js';
import { faultOf } from './delivery.js';
import type { StreamEvent } from './events.js';

/** Frames are gathered up to this size when no pause is asked for: a write for each of 5,000 events helps nobody. */
const GATHER_BYTES = 2048;
const READING_TIME_MS = 20;

/** How a stream ended. */
export interface StreamOutcome {
  /** True when the client was sent the event that tells the usage. */
  usageReported: boolean;
  /** Name of the exception or error frame that ended it. */
  errorType: string | null;
}

/** Sends the events with the pauses and faults of the behaviour, and ends the answer. */
export async function sendStream(
  exchange: Exchange,
  events: Iterable<StreamEvent>,
  behaviour: Partial<Behaviour>,
  headers: Readonly<Record<string, string>> = {},
): Promise<StreamOutcome> {
  const outcome: StreamOutcome = { usageReported: false, errorType: null };
  const pending = new Gathered(exchange, behaviour);
  let sent = 0;
  exchange.start(200, { 'content-type': 'application/vnd.amazon.eventstream', ...headers });
  for (const event of events) {
    if (exchange.clientGone) return outcome;
    if (await interrupt(exchange, behaviour, sent, pending, outcome)) return outcome;
    if (faultOf(behaviour, 'truncate')?.without.some((name) => name === event.type)) continue;
    const frame = encodeEvent(event.type, event.payload);
    if (faultOf(behaviour, 'bad-crc')?.atEvent === sent) spoil(frame);
    if (behaviour.delayMs) await exchange.pause(behaviour.delayMs);
    await pending.add(frame);
    sent += 1;
    outcome.usageReported ||= event.reportsUsage === true;
  }
  if (await interrupt(exchange, behaviour, sent, pending, outcome)) return outcome;
  await pending.flush();
  await exchange.end();
  return outcome;
}

/** True when a fault of this place ended the stream. */
async function interrupt(
  exchange: Exchange,
  behaviour: Partial<Behaviour>,
  sent: number,
  pending: Gathered,
  outcome: StreamOutcome,
): Promise<boolean> {
  const stall = faultOf(behaviour, 'stall');
  if (stall?.afterEvents === sent) {
    await pending.flush();
    await exchange.pause(stall.ms);
  }
  const reset = faultOf(behaviour, 'reset');
  if (reset && (reset.afterEvents === sent || isPast(reset.afterBytes, exchange.bytes + pending.size))) {
    await pending.flush(reset.afterBytes === undefined ? undefined : reset.afterBytes - exchange.bytes);
    // A reset makes the other side's kernel drop what was not read yet.
    await exchange.pause(READING_TIME_MS);
    exchange.reset();
    outcome.usageReported &&= reset.afterBytes === undefined;
    return true;
  }
  const last = lastFrame(behaviour, sent);
  if (!last) return false;
  outcome.errorType = last.errorType;
  if (last.frame) await pending.add(last.frame);
  await pending.flush();
  await exchange.end();
  return true;
}

/** The frame, if any, after which the stream ends early at this place. */
function lastFrame(
  behaviour: Partial<Behaviour>,
  sent: number,
): { frame?: Buffer; errorType: string | null } | undefined {
  const exception = faultOf(behaviour, 'exception');
  if (exception?.afterEvents === sent) {
    const { name, message, details } = exception;
    return { frame: encodeException(name, { message, ...details }), errorType: name };
  }
  const errorFrame = faultOf(behaviour, 'error-frame');
  if (errorFrame?.afterEvents === sent) {
    return { frame: encodeErrorFrame(errorFrame.code, errorFrame.message), errorType: errorFrame.code };
  }
  return faultOf(behaviour, 'truncate')?.afterEvents === sent ? { errorType: null } : undefined;
}

function isPast(limit: number | undefined, bytes: number): boolean {
  return limit !== undefined && bytes >= limit;
}

/** Changes one bit of the message's own checksum. */
function spoil(frame: Buffer): void {
  frame.writeUInt8(frame.readUInt8(frame.length - 1) ^ 1, frame.length - 1);
}

/** Frames on their way to the socket. */
class Gathered {
  private frames: Buffer[] = [];
  size = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly behaviour: Partial<Behaviour>,
  ) {}

  async add(frame: Buffer): Promise<void> {
    this.frames.push(frame);
    this.size += frame.length;
    if (this.behaviour.delayMs || this.size >= GATHER_BYTES) await this.flush();
  }

  /** Writes what is there, or only its first bytes. */
  async flush(bytes = this.size): Promise<void> {
    const data = this.take().subarray(0, bytes);
    if (data.length > 0) await this.exchange.write(data, { writeBytes: this.behaviour.writeBytes });
  }

  take(): Buffer {
    const data = Buffer.concat(this.frames);
    this.frames = [];
    this.size = 0;
    return data;
  }
}
