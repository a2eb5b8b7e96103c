import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { buildConnector } from 'undici';
import { proxyAuthorization, type ProxyRules } from '../proxy-rules.js';
import { timeoutError } from '../timeouts.js';

type Connector = buildConnector.connector;

/** Opens connections to `https:` through the proxy that the rules name, all others and those to a proxy directly. */
export function tunnelConnector(connectMs: number, rules: ProxyRules): Connector {
  const direct = buildConnector({ timeout: connectMs });
  return (options, callback) => {
    const { protocol, hostname, port } = options;
    if (rules.isForwarder({ protocol, hostname, port })) {
      // The host that its requests name is the one behind it.
      direct({ ...options, servername: hostname }, callback);
      return;
    }
    const proxy = protocol === 'https:' ? rules.proxyOf({ protocol, hostname, port }) : undefined;
    if (proxy === undefined) {
      direct(options, callback);
      return;
    }
    openTunnel(proxy, `${hostname}:${port || '443'}`, connectMs, (error, tunnel) => {
      if (tunnel === null) callback(error, null);
      // What its type asks for is a socket; TLS takes any stream.
      else direct({ ...options, httpSocket: tunnel as NonNullable<typeof options.httpSocket> }, callback);
    });
  };
}

type Opened = (...outcome: [error: Error, tunnel: null] | [error: null, tunnel: Duplex]) => void;

/** Calls back once. An error is `ConnectTimeout`, `ERR_PROXY_TUNNEL` where the proxy refuses, or the system's. */
function openTunnel(proxy: URL, authority: string, connectMs: number, opened: Opened): void {
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    method: 'CONNECT',
    // Without the brackets of an IPv6 address.
    host: urlToHttpOptions(proxy).hostname,
    port: proxy.port,
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    agent: false,
  });
  const timer = setTimeout(() => request.destroy(timeoutError('ConnectTimeout')), connectMs);
  let isOver = false;
  const finish: Opened = (...outcome) => {
    clearTimeout(timer);
    if (!isOver) opened(...outcome);
    isOver = true;
  };
  request.once('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) {
      finish(null, socket);
    } else {
      socket.destroy();
      finish(tunnelError(statusCode), null);
    }
  });
  // A proxy may answer with a page, as to any other request.
  request.once('response', ({ statusCode }) => request.destroy(tunnelError(statusCode)));
  request.on('error', (error) => finish(isNoAnswer(error) ? tunnelError('nonsense') : error, null)).end();
}

/** Whether what came is not HTTP. */
function isNoAnswer({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('HPE_');
}

/** Named as Node's own agent names it. */
function tunnelError(answer: number | string | undefined): Error {
  const error = new Error(`The proxy answered with ${answer} instead of opening a tunnel.`);
  return Object.assign(error, { code: 'ERR_PROXY_TUNNEL' });
}
