import type { Settings } from '../config/app-config.js';
import { createSandbox } from '../sandbox/sandbox.js';

/** The sandbox, if the settings lead to it, and the settings that point the gateway there. */
export interface OpenSandbox {
  settings: Partial<Settings>;
  close(): Promise<void>;
}

/** Starts the sandbox on a free loopback port when nothing else stands for Bedrock. */
export async function openSandbox({ bedrockMode, awsRegion }: Settings): Promise<OpenSandbox> {
  if (bedrockMode !== 'sandbox') return { settings: {}, close: async () => undefined };
  const sandbox = await createSandbox({ region: awsRegion });
  return {
    // Real credentials, where there are any, have no business in requests to a stand-in.
    settings: {
      awsEndpointUrlBedrockRuntime: sandbox.url,
      awsEndpointUrlBedrock: sandbox.url,
      hasAwsCredentials: false,
    },
    close: () => sandbox.close(),
  };
}
