import { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { ProxyEnvironment } from '../proxy.js';
import { proxyAuthorization, ProxyRules } from '../proxy-rules.js';
import { timeoutError, type RuntimeTimeouts } from '../timeouts.js';
import { tunnelConnector } from './tunnel.js';

/** Bedrock's front end closes idle connections by itself; ours must not outlive a firewall's memory of them. */
const KEEP_ALIVE_MS = 60_000;
/** A larger body is sent as a stream: the HTTP client keeps one that it is given whole until the answer has ended. */
const KEPT_BODY_BYTES_MAX = 16 * 1024;

/** One POST, signed. */
export interface SignedPost {
  origin: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  signal: AbortSignal | undefined;
}

export interface AnswerHead {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
}

/** What becomes of an answer as it comes. */
export interface AnswerReader {
  head(head: AnswerHead, flow: AnswerFlow): void;
  data(chunk: Buffer): void;
  end(): void;
  /** At most once, and last. */
  failed(error: unknown): void;
}

/** The socket's side of an answer. */
export interface AnswerFlow {
  pause(): void;
  resume(): void;
  /** Gives up the answer and its connection. */
  abort(): void;
}

/** HTTP/1.1 over kept-alive connections, with the least between the socket and the reader. */
export class HttpSender {
  private readonly dispatcher: Dispatcher;
  private readonly rules: ProxyRules | undefined;

  constructor(
    private readonly timeouts: RuntimeTimeouts,
    proxy: ProxyEnvironment | undefined,
  ) {
    const { connectMs } = timeouts;
    this.rules = proxy === undefined ? undefined : new ProxyRules(proxy);
    this.dispatcher = new Agent({
      // As many as there are requests, whose number the gateway limits: a long stream must not keep a call waiting.
      connections: null,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: this.rules === undefined ? { timeout: connectMs } : tunnelConnector(connectMs, this.rules),
    });
  }

  post({ origin, path, headers, body, signal }: SignedPost, reader: AnswerReader): void {
    if (signal?.aborted) {
      reader.failed(abortError());
      return;
    }
    const isLarge = body.length > KEPT_BODY_BYTES_MAX;
    const options: Dispatcher.DispatchOptions = {
      ...this.way(origin, path, isLarge ? { ...headers, 'content-length': String(body.length) } : headers),
      method: 'POST',
      body: isLarge ? toForgetful(body) : body,
      headersTimeout: this.timeouts.firstByteMs,
      bodyTimeout: this.timeouts.idleMs,
    };
    this.dispatcher.dispatch(options, new Exchange(reader, signal));
  }

  /** A proxy to `http:` is asked for the whole URL. */
  private way(origin: string, path: string, headers: SignedPost['headers']) {
    const proxy = origin.startsWith('http:') ? this.rules?.proxyOf(new URL(origin)) : undefined;
    return proxy === undefined
      ? { origin, path, headers }
      : { origin: proxy.origin, path: origin + path, headers: { ...headers, ...proxyAuthorization(proxy) } };
  }

  /** Ends every connection. */
  destroy(): Promise<void> {
    return this.dispatcher.destroy();
  }
}

class Exchange implements Dispatcher.DispatchHandler, AnswerFlow {
  private controller: Dispatcher.DispatchController | undefined;
  private hasEnded = false;
  private readonly onAbort = () => this.abort();

  constructor(
    private readonly reader: AnswerReader,
    private readonly signal: AbortSignal | undefined,
  ) {
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
    this.controller?.resume();
  }

  abort(): void {
    if (this.hasEnded) return;
    const error = abortError();
    this.finish();
    this.controller?.abort(error);
    this.reader.failed(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // Given up while it waited for a connection.
    if (this.hasEnded) controller.abort(abortError());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // An interim answer, such as 103, is followed by the real one.
    if (this.hasEnded || status < 200) return;
    this.reader.head({ status, headers: joined(headers) }, this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.hasEnded) return;
    try {
      this.reader.data(chunk);
    } catch (error) {
      this.fail(error);
      this.controller?.abort(abortError());
    }
  }

  onResponseEnd(): void {
    if (this.hasEnded) return;
    try {
      this.reader.end();
      this.finish();
    } catch (error) {
      this.fail(error);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(toSystemError(error));
  }

  private fail(error: unknown): void {
    if (this.hasEnded) return;
    this.finish();
    this.reader.failed(error);
  }

  private finish(): void {
    this.hasEnded = true;
    this.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** A header that came twice, as the SDK has it. */
function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'object') headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}

/** A stream that lets go of the bytes once they are read; one that is made `from` them would not. */
function toForgetful(body: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(body);
  stream.push(null);
  return stream;
}

function abortError(): Error {
  const error = new Error('Request aborted');
  error.name = 'AbortError';
  return error;
}

/** The client's own codes as the names that the rest of the product knows. */
const TIMEOUTS = {
  UND_ERR_CONNECT_TIMEOUT: 'ConnectTimeout',
  UND_ERR_HEADERS_TIMEOUT: 'FirstByteTimeout',
  UND_ERR_BODY_TIMEOUT: 'IdleTimeout',
} as const;

/** The other side closed the connection, or closed it before the length that it had announced. */
const DISCONNECTS = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

function toSystemError(error: Error): Error {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return error;
  if (code in TIMEOUTS) return timeoutError(TIMEOUTS[code as keyof typeof TIMEOUTS], error);
  if (!DISCONNECTS.has(code)) return error;
  return Object.assign(new Error('The connection broke.', { cause: error }), { code: 'ECONNRESET' });
}
