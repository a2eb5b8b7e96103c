import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { tunnelConnector } from './lean/tunnel.js';
import { ProxyRules } from './proxy-rules.js';
import type { ProxyEnvironment } from './proxy.js';

/**
 * Opens tunnels as the lean transport does. Node's own agent keeps the connection to a proxy that says nothing, and
 * never tells of it.
 */
export class TunnelAgent extends Agent {
  private readonly rules: ProxyRules;
  private readonly connector: ReturnType<typeof tunnelConnector>;

  constructor(proxy: ProxyEnvironment, connectMs: number, options?: AgentOptions) {
    super(options);
    this.rules = new ProxyRules(proxy);
    this.connector = tunnelConnector(connectMs, this.rules);
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { host, port, servername } = options;
    const to = { protocol: 'https:', hostname: host ?? '', port: String(port ?? '') };
    if (callback === undefined || this.rules.proxyOf(to) === undefined) {
      return super.createConnection(options, callback);
    }
    this.connector({ ...to, ...(servername ? { servername } : {}) }, (error, socket) => {
      // Where there is an error, nobody asks for a stream.
      callback(error, socket as Duplex);
    });
    return undefined;
  }
}
