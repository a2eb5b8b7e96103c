import type { ServiceTier } from '../../openai/chat-completion.js';

/** OpenAI's word for the tier that Bedrock used; undefined for one that OpenAI has no word for. */
export function toServiceTier(tier: string | undefined): ServiceTier | undefined {
  switch (tier) {
    case 'default':
    case 'flex':
    case 'priority':
      return tier;
    // Both are capacity that was bought in advance.
    case 'reserved':
      return 'scale';
    default:
      return undefined;
  }
}
