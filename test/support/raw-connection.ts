import { connect, type Socket } from 'node:net';
import { until } from './until.js';

/** An answer as it came over a connection. */
export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** A connection to a server on which a test writes bytes as it likes. */
export class RawConnection {
  readonly socket: Socket;
  private text = '';
  private isClosed = false;

  constructor(baseUrl: string) {
    const { hostname, port } = new URL(baseUrl);
    this.socket = connect(Number(port), hostname).setEncoding('latin1');
    this.socket.on('data', (part: string) => (this.text += part));
    // What is sent to a connection that the server has closed resets it.
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => (this.isClosed = true));
  }

  /** All whole answers so far that have a `content-length`, interim ones included. */
  get answers(): RawAnswer[] {
    const answers: RawAnswer[] = [];
    for (let rest = this.text; rest.includes('\r\n\r\n');) {
      const end = rest.indexOf('\r\n\r\n') + 4;
      const head = rest.slice(0, end);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (rest.length < end + length) break;
      answers.push({ status: Number(head.slice(9, 12)), head, body: rest.slice(end, end + length) });
      rest = rest.slice(end + length);
    }
    return answers;
  }

  /** Resolves with that many answers, in the order of the requests. */
  async read(count: number): Promise<RawAnswer[]> {
    await until(() => this.answers.length >= count, `${count} answers`);
    return this.answers.slice(0, count);
  }

  /** Resolves when the server has ended the connection. */
  async closed(): Promise<void> {
    await until(() => this.isClosed, 'the connection is closed');
  }
}

/** The bytes of a POST of JSON. */
export function rawPost(path: string, key: string, body: string): string {
  const length = Buffer.byteLength(body);
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `authorization: Bearer ${key}`, `content-length: ${length}`];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
