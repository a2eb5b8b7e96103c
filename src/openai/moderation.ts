export const MODERATION_CATEGORIES = [
  'hate',
  'hate/threatening',
  'harassment',
  'harassment/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;

export type ModerationCategory = (typeof MODERATION_CATEGORIES)[number];

export interface ModerationResult {
  flagged: boolean;
  categories: Record<ModerationCategory, boolean>;
  /** From 0 to 1. */
  category_scores: Record<ModerationCategory, number>;
  /** Empty for categories that the guardrail has no filter for. */
  category_applied_input_types: Record<ModerationCategory, 'text'[]>;
  /** Extension: which policies of the guardrail found something, also those that OpenAI has no category for. */
  guardrail_policies: string[];
}

/** Answer of `POST /v1/moderations`. https://platform.openai.com/docs/api-reference/moderations/object */
export interface Moderation {
  id: string;
  model: string;
  results: ModerationResult[];
}
