import type { Server } from 'node:http';
import { Bag } from '../common/bag.js';
import type { Connection } from '../common/http/connection.js';

/** The connections of a server. Node counts none as idle that has not had a whole request. */
export class Connections {
  private readonly open = new Bag<Connection>();

  constructor(server: Server) {
    server.on('connection', (connection: Connection) => {
      connection.once('close', this.open.add(connection));
    });
  }

  /** Closes those that neither have brought the whole head of a request nor wait for an answer. */
  closeSilent(): void {
    for (const connection of this.open.items) {
      if (isSilent(connection)) connection.destroy();
    }
  }
}

/** The last bytes of an answer may be under way still when Node is done with it, or its connection ends by itself. */
function isSilent({ _httpMessage: answer, writableEnded, writableLength }: Connection): boolean {
  return answer == null && !writableEnded && writableLength === 0;
}
