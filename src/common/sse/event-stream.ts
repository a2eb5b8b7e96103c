import { toErrorBody } from '../errors/error-body.js';
import { toGatewayError } from '../errors/to-gateway-error.js';

const DONE_FRAME = 'data: [DONE]\n\n';
const HEARTBEAT_FRAME = ': keep-alive\n\n';

export interface EventStreamOptions {
  /** Called once, right before the first frame; until then the answer can still be a real error status. */
  onFirstFrame(): void;
  /** Told of a failure after the first frame, which the client sees as an error frame. */
  onFailure(error: unknown): void;
  /** Silence after which a comment frame is sent, so that proxies keep the connection. */
  heartbeatMs: number;
}

const SILENCE = Symbol('silence');

/** Resolves to `SILENCE` when `next` takes longer than `ms`. */
async function orSilence<T>(next: Promise<T>, ms: number): Promise<T | typeof SILENCE> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof SILENCE>((resolve) => {
    timer = setTimeout(resolve, ms, SILENCE);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Server-sent events as OpenAI writes them: `data: <json>` frames and `data: [DONE]` after a stream that ended well.
 * A failure before the first frame is thrown; a later one is a `data: {"error":…}` frame and no `[DONE]`.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* toEventStream(
  source: AsyncIterable<unknown>,
  options: EventStreamOptions,
): AsyncGenerator<string> {
  const iterator = source[Symbol.asyncIterator]();
  let started = false;
  let ended = false;
  try {
    for (;;) {
      const next = iterator.next();
      let result = started ? await orSilence(next, options.heartbeatMs) : await next;
      while (result === SILENCE) {
        yield HEARTBEAT_FRAME;
        result = await orSilence(next, options.heartbeatMs);
      }
      if (result.done) {
        ended = true;
        break;
      }
      if (!started) {
        started = true;
        options.onFirstFrame();
      }
      yield `data: ${JSON.stringify(result.value)}\n\n`;
    }
    if (!started) {
      options.onFirstFrame();
    }
    yield DONE_FRAME;
  } catch (error) {
    ended = true;
    if (!started) {
      throw error;
    }
    options.onFailure(error);
    yield `data: ${JSON.stringify(toErrorBody(toGatewayError(error, '', '')))}\n\n`;
  } finally {
    if (!ended) {
      // The client left: whoever produces the stream learns of it here, and the connection does not wait for that.
      void iterator.return?.();
    }
  }
}
