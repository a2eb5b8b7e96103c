import type { ServerResponse } from 'node:http';
import { toErrorBody } from '../errors/error-body.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { toGatewayError } from '../errors/to-gateway-error.js';
import { onClose } from '../http/on-close.js';
import { onCut } from '../http/on-cut.js';

const DONE_FRAME = 'data: [DONE]\n\n';
const HEARTBEAT_FRAME = ': keep-alive\n\n';
/** Frames that are ready together are written together, up to about so many characters. */
const TOGETHER_MAX = 16 * 1024;

export interface EventStreamOptions {
  /** Called once, right before the first frame; until then the answer can still be a real error status. */
  onFirstFrame(): void;
  /** Called once, when the source has given its first chunk: it may need what it was made of until then, also when the stream begins before. */
  onFirstChunk(): void;
  /** Told of a failure after the first frame, which the client sees as an error frame. */
  onFailure(error: unknown): void;
  /** Silence after which a comment frame is sent, so that proxies keep the connection. */
  heartbeatMs: number;
  /**
   * Silence after which the stream begins with a comment, although the source has said nothing; from then on a failure is
   * an error frame. 0: never.
   */
  beginMs: number;
}

/**
 * Sends server-sent events as OpenAI writes them: `data: <json>` frames and `data: [DONE]` after a stream that ended well;
 * a failure after the first frame is a `data: {"error":…}` frame and no `[DONE]`. Resolves when the first frame is on its
 * way or the client has left. No more is asked of the source than the client takes, and it is ended when the client leaves.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @throws what the source throws before the first frame
 */
export function sendEventStream(
  source: AsyncIterable<unknown>,
  response: ServerResponse,
  options: EventStreamOptions,
): Promise<void> {
  return new EventStreamSender(source[Symbol.asyncIterator](), response, options).begin();
}

/** Callbacks and no loop that awaits: thousands of these are open at a time. */
class EventStreamSender {
  private readonly first = Promise.withResolvers<void>();
  private heartbeat: NodeJS.Timeout | undefined;
  private patience: NodeJS.Timeout | undefined;
  /** Frames that are not written yet. */
  private ready = '';
  private isAsked = false;
  private hasGiven = false;
  private isBlocked = false;
  private hasEnded = false;

  constructor(
    private readonly source: AsyncIterator<unknown>,
    private readonly response: ServerResponse,
    private readonly options: EventStreamOptions,
  ) {}

  begin(): Promise<void> {
    if (this.response.destroyed || this.response.writableEnded) {
      this.leave();
    } else {
      onClose(this.response, this.leave);
      onCut(this.response, this.cut);
      if (this.options.beginMs > 0) this.patience = setTimeout(this.beginInSilence, this.options.beginMs);
      this.ask();
    }
    return this.first.promise;
  }

  private ask(): void {
    if (this.isAsked || this.isBlocked || this.hasEnded) return;
    this.isAsked = true;
    this.source.next().then(this.take, this.fail);
  }

  private readonly beginInSilence = (): void => {
    this.open();
    this.beat();
  };

  private readonly take = (result: IteratorResult<unknown>): void => {
    this.isAsked = false;
    if (this.hasEnded) return;
    if (!this.hasGiven) {
      this.hasGiven = true;
      this.options.onFirstChunk();
    }
    if (result.done) {
      if (this.heartbeat === undefined) this.open();
      this.end(DONE_FRAME);
      return;
    }
    const frame = toFrame(result.value);
    if (frame instanceof Error) {
      this.fail(frame);
      this.endSource();
      return;
    }
    if (this.heartbeat === undefined) this.open();
    if (this.ready === '') process.nextTick(this.write);
    this.ready += frame;
    if (this.ready.length >= TOGETHER_MAX) this.write();
    this.ask();
  };

  private readonly fail = (error: unknown): void => {
    if (this.hasEnded) return;
    if (this.heartbeat === undefined) {
      this.stop();
      this.first.reject(error);
      return;
    }
    this.options.onFailure(error);
    this.end(`data: ${JSON.stringify(toErrorBody(toGatewayError(error, '', '')))}\n\n`);
  };

  private open(): void {
    clearTimeout(this.patience);
    this.options.onFirstFrame();
    // Sent with the first frame, but as they are now: what a short stream has used in the end is none of its headers.
    if (!this.response.headersSent) this.response.writeHead(this.response.statusCode);
    this.response.on('drain', this.resume);
    this.heartbeat = setInterval(this.beat, this.options.heartbeatMs);
    this.first.resolve();
  }

  private readonly write = (): void => {
    if (this.ready === '' || this.hasEnded) return;
    const text = this.ready;
    this.ready = '';
    this.heartbeat?.refresh();
    if (!this.response.write(text)) this.isBlocked = true;
  };

  private readonly resume = (): void => {
    this.isBlocked = false;
    this.ask();
  };

  private readonly beat = (): void => {
    if (!this.isBlocked) this.response.write(HEARTBEAT_FRAME);
  };

  private end(frame: string): void {
    const text = this.ready + frame;
    this.stop();
    this.response.end(text);
  }

  /** The client left: whoever produces the stream learns of it here, and the connection does not wait for that. */
  private readonly leave = (): void => {
    if (this.hasEnded) return;
    this.stop();
    this.first.resolve();
    this.endSource();
  };

  /** The process ends before the stream does. Who has seen no frame yet is told with a status instead. */
  private readonly cut = (error: GatewayError): void => {
    if (this.heartbeat === undefined || this.hasEnded) {
      this.leave();
      return;
    }
    this.fail(error);
    this.endSource();
  };

  /** Nobody is left to be told when that fails; whoever produces the stream has settled it. */
  private endSource(): void {
    this.source.return?.().catch(() => undefined);
  }

  private stop(): void {
    this.hasEnded = true;
    this.ready = '';
    clearTimeout(this.patience);
    clearInterval(this.heartbeat);
  }
}

/** A chunk that cannot be written is a failure of its stream, not of the process. */
function toFrame(value: unknown): string | Error {
  try {
    return `data: ${JSON.stringify(value)}\n\n`;
  } catch (error) {
    return error instanceof Error ? error : new Error('A chunk could not be written.', { cause: error });
  }
}
