import type { GuardrailAssessment } from '../bedrock/guardrail-upstream.js';
import { MODERATION_CATEGORIES, type ModerationCategory, type ModerationResult } from '../openai/moderation.js';

/**
 * The content filters of Bedrock's guardrails by OpenAI's category. The finer categories, and self-harm, have no
 * filter: they are never found.
 */
const CATEGORIES: ReadonlyMap<string, ModerationCategory> = new Map([
  ['HATE', 'hate'],
  ['INSULTS', 'harassment'],
  ['SEXUAL', 'sexual'],
  ['VIOLENCE', 'violence'],
  ['MISCONDUCT', 'illicit'],
]);

/** Bedrock tells four levels of confidence and no number. */
const SCORES: Readonly<Record<string, number>> = { NONE: 0, LOW: 0.33, MEDIUM: 0.66, HIGH: 0.99 };

function eachCategory<T>(value: (category: ModerationCategory) => T): Record<ModerationCategory, T> {
  return Object.fromEntries(MODERATION_CATEGORIES.map((category) => [category, value(category)])) as Record<
    ModerationCategory,
    T
  >;
}

/** A guardrail's opinion in OpenAI's words. Whatever the guardrail found flags the text, with a category or without. */
export function toModerationResult({ intervened, findings }: GuardrailAssessment): ModerationResult {
  const found = findings.filter(({ detected }) => detected);
  const of = (category: ModerationCategory) => findings.filter(({ type }) => CATEGORIES.get(type) === category);
  return {
    flagged: intervened || found.length > 0,
    categories: eachCategory((category) => of(category).some(({ detected }) => detected)),
    category_scores: eachCategory((category) =>
      Math.max(0, ...of(category).map(({ confidence }) => SCORES[confidence ?? 'NONE'] ?? 0)),
    ),
    category_applied_input_types: eachCategory((category) => (of(category).length > 0 ? ['text'] : [])),
    guardrail_policies: [...new Set(found.map(({ policy }) => policy))],
  };
}
