import { BlockList, isIP } from 'node:net';
import type { ProxyEnvironment } from './proxy.js';

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

type Address = Pick<URL, 'protocol' | 'hostname' | 'port'>;

/** Which proxy leads to an address, by the rules of Node's own agents: the SDK goes through those. */
export class ProxyRules {
  private readonly proxies: Readonly<Record<string, URL | undefined>>;
  private readonly exempt: readonly string[];

  constructor({ HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: none }: ProxyEnvironment) {
    this.proxies = { 'http:': toUrl(http), 'https:': toUrl(https) };
    this.exempt = none.toLowerCase().split(',').filter(Boolean);
  }

  /** Whether this is the proxy that is asked for whole URLs. */
  isForwarder({ protocol, hostname, port }: Address): boolean {
    const forwarder = this.proxies['http:'];
    return forwarder?.protocol === protocol && forwarder.hostname === hostname && forwarder.port === port;
  }

  /** Undefined where there is none, or where the address is exempt. */
  proxyOf({ protocol, hostname, port }: Address): URL | undefined {
    const host = hostname.toLowerCase();
    const authority = `${host}:${port || PORTS[protocol]}`;
    return this.exempt.some((entry) => covers(entry, host, authority)) ? undefined : this.proxies[protocol];
  }
}

/** The header that a proxy with a name and a password in its URL wants. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function toUrl(text: string | undefined): URL | undefined {
  return text === undefined ? undefined : new URL(text);
}

/** `*`, a host, a host with its port, `.domain`, `*.domain`, or the first and the last address of a range. */
function covers(entry: string, host: string, authority: string): boolean {
  if (entry === '*' || entry === host || entry === authority) return true;
  if (entry.startsWith('.')) return host.endsWith(entry);
  if (entry.startsWith('*.')) return host.endsWith(entry.slice(1));
  const [first = '', last = ''] = entry.split('-');
  return isIP(first) === 4 && isIP(last) === 4 && isIP(host) === 4 && isBetween(first, last, host);
}

function isBetween(first: string, last: string, address: string): boolean {
  const range = new BlockList();
  range.addRange(first, last);
  return range.check(address);
}
