import { z } from 'zod';

/** Every text is a call of its own. */
const INPUTS_MAX = 32;

const text = z.string().min(1);
const partSchema = z.looseObject({ type: z.literal('text'), text });

/**
 * Body of `POST /v1/moderations`. Texts only. `guardrailConfig` is the same extension as in chat.
 * Source: OpenAI's OpenAPI document, `CreateModerationRequest`.
 */
export const moderationRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048).nullish(),
  input: z.union([text, z.array(text).min(1).max(INPUTS_MAX), z.array(partSchema).min(1).max(INPUTS_MAX)]),
  guardrailConfig: z
    .looseObject({
      guardrailIdentifier: z.string().regex(/^[A-Za-z0-9:/._-]{1,2048}$/),
      guardrailVersion: z.string().regex(/^(?:DRAFT|[1-9]\d{0,7})$/),
    })
    .nullish(),
});

export type ModerationRequest = z.infer<typeof moderationRequestSchema>;
