import { ACCOUNT_ID } from '../catalogue/account-resources.js';
import { validationError } from '../errors/bedrock-error.js';

const CHARACTERS_PER_UNIT = 1000;
const FILTERS = ['SEXUAL', 'VIOLENCE', 'HATE', 'INSULTS', 'PROMPT_ATTACK', 'MISCONDUCT'] as const;
const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const BLOCKED_WORD = 'sandbox-block';
const DENIED_TOPIC = 'sandbox-topic';

/** The one guardrail of the sandbox. */
export const GUARDRAIL_ID = 'sandboxguard';
export const BLOCKED_MESSAGE = 'Sorry, the model cannot answer this question.';

/** What the guardrail makes of a text. */
export interface Assessment {
  blocked: boolean;
  /** The text with e-mail addresses taken out. */
  masked: string;
  /** `NONE`, or what it did. */
  actionReason: 'No action.' | 'Guardrail masked.' | 'Guardrail blocked.';
  /** As it stands in answers and traces. */
  report: Readonly<Record<string, unknown>>;
  usage: Readonly<Record<string, number>>;
}

/** Throws what Bedrock answers for a guardrail that this account does not have. */
export function requireGuardrail(identifier: string, version: string): void {
  const id = identifier.split(':guardrail/').at(-1);
  if (id !== GUARDRAIL_ID || !/^(DRAFT|[1-9]\d*)$/.test(version)) {
    throw validationError('The guardrail identifier or version provided in the request does not exist.');
  }
}

/**
 * Blocks `sandbox-block` (word), `sandbox-topic` (topic) and `sandbox-hate`, `-insults`, `-sexual`, `-violence`,
 * `-misconduct`, `-prompt-attack` (content filters); masks e-mail addresses.
 */
export function assess(text: string, version: string): Assessment {
  const filters = FILTERS.map((type) => {
    const detected = text.includes(`sandbox-${type.toLowerCase().replace('_', '-')}`);
    const [action, confidence] = detected ? ['BLOCKED', 'HIGH'] : ['NONE', 'NONE'];
    return { type, action, confidence, detected, filterStrength: 'HIGH' };
  });
  const isWord = text.includes(BLOCKED_WORD);
  const isTopic = text.includes(DENIED_TOPIC);
  const emails = text.match(EMAIL) ?? [];
  const blocked = isWord || isTopic || filters.some(({ detected }) => detected);
  const masked = emails.length > 0 && !blocked;
  const usage = unitsOf(text);
  return {
    blocked,
    masked: text.replaceAll(EMAIL, '{EMAIL}'),
    actionReason: blocked ? 'Guardrail blocked.' : masked ? 'Guardrail masked.' : 'No action.',
    usage,
    report: {
      appliedGuardrailDetails: {
        guardrailArn: `arn:aws:bedrock:us-east-1:${ACCOUNT_ID}:guardrail/${GUARDRAIL_ID}`,
        guardrailId: GUARDRAIL_ID,
        guardrailOrigin: ['REQUEST'],
        guardrailOwnership: 'SELF',
        guardrailVersion: version,
      },
      contentPolicy: { filters },
      ...(isTopic
        ? { topicPolicy: { topics: [{ name: 'SandboxTopic', type: 'DENY', action: 'BLOCKED', detected: true }] } }
        : {}),
      ...(isWord ? { wordPolicy: { customWords: [{ match: BLOCKED_WORD, action: 'BLOCKED', detected: true }] } } : {}),
      ...(emails.length > 0
        ? {
            sensitiveInformationPolicy: {
              piiEntities: emails.map((match) => ({ type: 'EMAIL', match, action: 'ANONYMIZED', detected: true })),
              regexes: [],
            },
          }
        : {}),
      invocationMetrics: {
        guardrailCoverage: coverage(text),
        guardrailProcessingLatency: 100,
        usage,
      },
    },
  };
}

export function coverage(text: string): { textCharacters: { guarded: number; total: number } } {
  return { textCharacters: { guarded: text.length, total: text.length } };
}

function unitsOf(text: string): Record<string, number> {
  const units = Math.ceil(text.length / CHARACTERS_PER_UNIT);
  return {
    automatedReasoningPolicies: 0,
    automatedReasoningPolicyUnits: 0,
    contentPolicyImageUnits: 0,
    contentPolicyUnits: units,
    contextualGroundingPolicyUnits: 0,
    sensitiveInformationPolicyFreeUnits: 0,
    sensitiveInformationPolicyUnits: units,
    topicPolicyUnits: units,
    wordPolicyUnits: units,
  };
}
