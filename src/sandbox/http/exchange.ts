import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Cuts writes into pieces of so many bytes. */
export interface Writing {
  writeBytes?: number | undefined;
}

/** One request and the way back to its client. Every method is quiet once the client has left. */
export class Exchange {
  private readonly leaving = new AbortController();
  private readonly sleepers = new Set<() => void>();
  /** Bytes of body given to the socket. */
  bytes = 0;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly url: URL,
    readonly body: Buffer,
    readonly awsRequestId: string,
  ) {
    response.once('close', () => {
      if (!response.writableFinished) this.leaving.abort();
      this.hurry();
    });
    // A client that leaves while bytes are on their way is told by `clientGone`, not by a crash.
    response.on('error', () => undefined);
  }

  /** True when the connection closed before the answer was complete. */
  get clientGone(): boolean {
    return this.leaving.signal.aborted;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Waits, or stops waiting when the client leaves. */
  async pause(ms: number): Promise<void> {
    if (ms <= 0 || this.clientGone) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }

  /** Ends the pause that it is in. */
  hurry(): void {
    for (const wake of this.sleepers) wake();
  }

  start(status: number, headers: Readonly<Record<string, string | number>>): void {
    if (this.clientGone || this.response.headersSent) return;
    this.response.writeHead(status, { 'x-amzn-requestid': this.awsRequestId, ...headers });
    this.response.flushHeaders();
  }

  /** Resolves when the socket can take more. */
  async write(data: Buffer, { writeBytes }: Writing = {}): Promise<void> {
    for (const piece of writeBytes ? pieces(data, writeBytes) : splitInCharacter(data)) {
      if (this.clientGone) return;
      this.bytes += piece.length;
      if (!this.response.write(piece)) await this.drained();
    }
  }

  /** Ends the answer properly. */
  async end(): Promise<void> {
    if (this.clientGone) return;
    this.response.end();
    await once(this.response, 'close').catch(() => undefined);
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.request.socket.resetAndDestroy();
  }

  /** A whole JSON answer. */
  async json(status: number, body: unknown, headers: Readonly<Record<string, string | number>> = {}): Promise<void> {
    const payload = Buffer.from(JSON.stringify(body));
    this.start(status, { 'content-type': 'application/json', 'content-length': payload.length, ...headers });
    await this.write(payload);
    await this.end();
  }

  private async drained(): Promise<void> {
    await once(this.response, 'drain', { signal: this.leaving.signal }).catch(() => undefined);
  }
}

function* pieces(data: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < data.length; from += size) yield data.subarray(from, from + size);
}

/** Cuts inside the first character of several bytes: clients must not decode what one read happens to hold. */
function* splitInCharacter(data: Buffer): Generator<Buffer> {
  const lead = data.findIndex((byte) => byte >= 0xc2);
  const isText = lead >= 0 && (data[lead + 1] ?? 0) >> 6 === 0b10;
  if (isText) yield data.subarray(0, lead + 1);
  yield isText ? data.subarray(lead + 1) : data;
}
