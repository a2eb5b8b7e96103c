import { constants } from 'node:os';
import { Socket } from 'node:net';
import { Bag } from '../common/bag.js';

/** What is known of a socket: how much it had received when it was last seen to receive anything. */
interface Heard {
  bytes: number;
  atMs: number;
}

/**
 * The sockets of a pool's connections. One whose other side is gone without a word, as after a failover or behind a
 * firewall, would wait for as long as the system sends its last bytes again, which is a quarter of an hour.
 */
export class CuttableSockets {
  private readonly heard = new Map<Socket, Heard>();
  private readonly patience = new Bag<number>();
  private readonly timer: NodeJS.Timeout;
  private isCut = false;

  /** @param silenceMs longer than a statement takes: a socket that has received nothing for so long is dead */
  constructor(
    private readonly silenceMs: number,
    lookMs: number,
  ) {
    this.timer = setInterval(() => this.look(), lookMs).unref();
  }

  /** For a new connection; one that is opened after `cut` fails at once. */
  readonly open = (): Socket => {
    const socket = new Socket();
    this.heard.set(socket, { bytes: 0, atMs: performance.now() });
    socket.once('close', () => this.heard.delete(socket));
    // Not before somebody listens for it.
    if (this.isCut) setImmediate(() => socket.destroy(timedOut()));
    return socket;
  };

  /** While this runs, nothing passes for dead that is silent for less than this: a statement of it may take so long. */
  async patiently<T>(silenceMs: number, work: () => Promise<T>): Promise<T> {
    const end = this.patience.add(silenceMs);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** What still waits for an answer fails, and all that is opened from now on. */
  cut(): void {
    this.isCut = true;
    this.close();
    for (const socket of this.heard.keys()) socket.destroy(timedOut());
  }

  /** Looks after them no longer. */
  close(): void {
    clearInterval(this.timer);
  }

  /** The socket's own timeout does not see what TLS reads from it. */
  private look(): void {
    const now = performance.now();
    const silenceMs = Math.max(this.silenceMs, ...this.patience.items);
    for (const [socket, heard] of this.heard) {
      if (socket.bytesRead !== heard.bytes) this.heard.set(socket, { bytes: socket.bytesRead, atMs: now });
      else if (now - heard.atMs >= silenceMs) socket.destroy(timedOut());
    }
  }
}

/** As the system tells it in the end. */
function timedOut(): Error {
  const errno = -constants.errno.ETIMEDOUT;
  return Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', errno, syscall: 'read' });
}
