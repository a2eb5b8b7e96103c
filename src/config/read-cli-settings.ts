import { z } from 'zod';

const schema = z.object({
  GATEWAY_URL: z
    .url({ protocol: /^https?$/, error: 'GATEWAY_URL must be the URL of the gateway' })
    .prefault('http://localhost:8080'),
  ADMIN_API_KEY: z.string({ error: 'ADMIN_API_KEY must be set to an admin key' }).min(1),
});

/** Where the operator's command finds the gateway, and the key that it uses. Throws with what is wrong. */
export function readCliSettings(env: NodeJS.ProcessEnv = process.env): { url: string; adminKey: string } {
  const { GATEWAY_URL: url, ADMIN_API_KEY: adminKey } = env;
  const result = schema.safeParse({ ...(url && { GATEWAY_URL: url }), ...(adminKey && { ADMIN_API_KEY: adminKey }) });
  if (!result.success) throw new Error(result.error.issues.map(({ message }) => message).join('\n'));
  return { url: result.data.GATEWAY_URL.replace(/\/+$/, ''), adminKey: result.data.ADMIN_API_KEY };
}
