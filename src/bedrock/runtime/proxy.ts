import type { AppConfig } from '../../config/app-config.js';

/** The sandbox and other stand-ins on this machine are never behind a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** The settings as they are wherever proxies are read from an environment. */
export type ProxyEnvironment = { HTTP_PROXY?: string; HTTPS_PROXY?: string; NO_PROXY: string };

/** The option of Node's agents; empty where no proxy is set. */
export function proxyFor(config: AppConfig): { proxyEnv?: ProxyEnvironment } {
  const environment = proxyEnvironment(config);
  return environment === undefined ? {} : { proxyEnv: environment };
}

export function proxyEnvironment({ httpProxy, httpsProxy, noProxy }: AppConfig): ProxyEnvironment | undefined {
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  return {
    ...(httpProxy === undefined ? {} : { HTTP_PROXY: httpProxy }),
    ...(httpsProxy === undefined ? {} : { HTTPS_PROXY: httpsProxy }),
    NO_PROXY: [...noProxy, ...LOOPBACK].join(','),
  };
}
