import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AppConfig } from '../../config/app-config.js';
import { TunnelAgent } from './tunnel-agent.js';

/** The sandbox and other stand-ins on this machine are never behind a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** The settings as they are wherever proxies are read from an environment. */
export type ProxyEnvironment = { HTTP_PROXY?: string; HTTPS_PROXY?: string; NO_PROXY: string };

/** Agents that go through the proxies of the settings. */
export function proxyAgents(
  config: AppConfig,
  options: AgentOptions,
): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  const proxy = proxyEnvironment(config);
  if (proxy === undefined) return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  return {
    httpAgent: new HttpAgent({ ...options, proxyEnv: proxy }),
    httpsAgent: new TunnelAgent(proxy, config.awsConnectTimeoutMs, options),
  };
}

export function proxyEnvironment({ httpProxy, httpsProxy, noProxy }: AppConfig): ProxyEnvironment | undefined {
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  return {
    ...(httpProxy === undefined ? {} : { HTTP_PROXY: httpProxy }),
    ...(httpsProxy === undefined ? {} : { HTTPS_PROXY: httpsProxy }),
    NO_PROXY: [...noProxy, ...LOOPBACK].join(','),
  };
}
