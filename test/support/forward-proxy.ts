import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** What a forward proxy was asked: the method, and the authority of a tunnel or the URL of a request. */
export interface Forwarded {
  line: string;
  authorization: string | undefined;
}

export type ProxyMood = 'serves' | 'refuses' | 'hangs-up' | 'babbles' | 'leads-nowhere' | 'is-silent';

/** A forward proxy on loopback. Tunnels lead to `tls` and requests to `plain`, whatever host they name. */
export class ForwardProxy {
  readonly asked: Forwarded[] = [];
  mood: ProxyMood = 'serves';
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly to: { tls: number; plain: number },
  ) {
    server.on('connection', (socket) => this.keep(socket));
    server.on('connect', (request, socket) => this.tunnel(request, socket as Socket));
    server.on('request', (request, response) => {
      this.note(request);
      const { pathname } = new URL(request.url ?? '');
      const options = { port: to.plain, path: pathname, method: request.method, headers: request.headers };
      const passed = httpRequest(options, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      request.pipe(passed.on('error', () => response.destroy()));
    });
  }

  static async open(to: { tls: number; plain: number }): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(createServer(), to);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** With a name and a password, which it is to be told. */
  get url(): string {
    return `http://gateway:p%40ss@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.sockets.size;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private tunnel(request: IncomingMessage, socket: Socket): void {
    this.note(request);
    // Also of a silent one the end is to be seen.
    socket.resume().on('end', () => socket.end());
    if (this.mood === 'is-silent') return;
    if (this.mood === 'hangs-up') {
      socket.destroy();
    } else if (this.mood === 'leads-nowhere') {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    } else if (this.mood === 'babbles') {
      socket.write('220 mail.example.com ESMTP\r\n');
    } else if (this.mood === 'refuses') {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    } else {
      const upstream = connect(this.to.tls, '127.0.0.1');
      this.keep(upstream);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    }
  }

  private note({ method, url, headers }: IncomingMessage): void {
    this.asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }
}
