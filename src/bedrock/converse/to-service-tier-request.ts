import type { ServiceTier } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../openai/chat-request.schema.js';

type RequestedTier = NonNullable<ChatRequest['service_tier']>;

/** OpenAI's tiers in Bedrock's words: `scale` is capacity bought before, `fast` is a later name of `priority`. */
const TIERS: Readonly<Record<RequestedTier, ServiceTier['type'] | undefined>> = {
  auto: undefined,
  default: 'default',
  flex: 'flex',
  priority: 'priority',
  fast: 'priority',
  scale: 'reserved',
  reserved: 'reserved',
};

export function toServiceTierRequest(tier: ChatRequest['service_tier']): ServiceTier | undefined {
  const type = tier == null ? undefined : TIERS[tier];
  return type === undefined ? undefined : { type };
}
