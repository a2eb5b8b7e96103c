import type { AppConfig } from '../../config/app-config.js';
import type { BedrockClients } from '../bedrock-clients.js';
import type { BedrockRuntime } from './bedrock-runtime.js';
import { HttpSender } from './lean/http-sender.js';
import { LeanBedrockRuntime } from './lean/lean-bedrock-runtime.js';
import { proxyEnvironment } from './proxy.js';
import { SdkBedrockRuntime } from './sdk-bedrock-runtime.js';
import { toRuntimeTimeouts } from './timeouts.js';

/** The transport that the settings name. */
export function createRuntime(clients: BedrockClients, config: AppConfig): BedrockRuntime {
  const timeouts = toRuntimeTimeouts(config);
  return config.bedrockTransport === 'sdk'
    ? new SdkBedrockRuntime(clients, timeouts)
    : new LeanBedrockRuntime(clients, timeouts, new HttpSender(timeouts, proxyEnvironment(config)));
}
