import { Socket } from 'node:net';

/** The sockets of a pool's connections, which can be ended all at once, whatever the other side does. */
export class CuttableSockets {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  /** For a new connection; one that is opened after `cut` fails at once. */
  readonly open = (): Socket => {
    const socket = new Socket();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // Not before somebody listens for it.
    if (this.isCut) setImmediate(() => socket.destroy(cutError()));
    return socket;
  };

  /** What still waits for an answer fails. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy(cutError());
  }
}

function cutError(): Error {
  return new Error('The database did not answer before the end of the process.');
}
