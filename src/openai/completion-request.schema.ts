import { z } from 'zod';
import { chatExtensions } from './chat-extension.schema.js';
import { CHOICES_MAX } from './chat-request.schema.js';

/** Every prompt and choice is a call of its own; LangChain sends 20 prompts at once. */
export const COMPLETIONS_MAX = 20;

const PROMPT_TOKENS_MAX = 1_000_000;
const token = z.int().min(0).max(100_276);
const tokens = z.array(token).min(1).max(PROMPT_TOKENS_MAX);
const penalty = z.number().min(-2).max(2).nullish();

/**
 * Body of the legacy `POST /v1/completions`, and the guardrail that chat takes, too. Source: OpenAI's OpenAPI document,
 * `CreateCompletionRequest`.
 */
export const completionRequestSchema = z
  .looseObject({
    model: z.string().min(1).max(2048),
    // Tokens are tried before texts: there may be a few hundred thousand of them, and a wrong guess is an issue for each.
    prompt: z
      .union([z.string(), tokens, z.array(z.string()), z.array(tokens)])
      .refine((prompt) => prompt.length > 0, 'must not be empty')
      .refine((prompt) => typeof prompt === 'string' || !prompt.some((one) => one === ''), 'must hold no empty text'),
    /** OpenAI's own default. */
    max_tokens: z.int().min(1).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
    n: z.int().min(1).max(CHOICES_MAX).nullish(),
    best_of: z.int().min(0).max(20).nullish(),
    echo: z.boolean().nullish(),
    suffix: z.string().nullish(),
    logprobs: z.int().min(0).max(5).nullish(),
    logit_bias: z.record(z.string(), z.number()).nullish(),
    frequency_penalty: penalty,
    presence_penalty: penalty,
    seed: z.number().nullish(),
    user: z.string().nullish(),
    stream: z.boolean().nullish(),
    stream_options: z
      .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
      .nullish(),

    guardrailConfig: chatExtensions.guardrailConfig,
  })
  .refine(({ prompt, n }) => promptsIn(prompt) * (n ?? 1) <= COMPLETIONS_MAX, {
    error: `must hold at most ${COMPLETIONS_MAX} prompts, those of 'n' counted each`,
    path: ['prompt'],
  });

export type CompletionRequest = z.infer<typeof completionRequestSchema>;

/** One text or one list of tokens is one prompt. */
function promptsIn(prompt: string | readonly unknown[]): number {
  return typeof prompt === 'string' || typeof prompt[0] === 'number' ? 1 : prompt.length;
}
