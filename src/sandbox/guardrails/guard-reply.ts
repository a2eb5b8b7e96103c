import type { Reply } from '../replies/reply.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import { assess, type Assessment, BLOCKED_MESSAGE, GUARDRAIL_ID, requireGuardrail } from './guardrail.js';

const INTERVENED = 'guardrail_intervened';
const NO_USAGE = { inputTokens: 0, outputTokens: 0, totalTokens: 0, serverToolUsage: {} };

/** A guardrail that a request asked for, with what it makes of the user's text. */
export interface Guard {
  version: string;
  traced: boolean;
  input: Assessment;
}

/** Undefined when the request has no guardrail; throws for one that does not exist. */
export function guardOf({ guardrailConfig }: ConverseRequest, userText: string): Guard | undefined {
  if (!guardrailConfig) return undefined;
  const { guardrailIdentifier = '', guardrailVersion = '', trace = 'disabled' } = guardrailConfig;
  requireGuardrail(guardrailIdentifier, guardrailVersion);
  return { version: guardrailVersion, traced: trace !== 'disabled', input: assess(userText, guardrailVersion) };
}

/** The answer behind the guardrail: a blocked question reaches no model and costs no tokens. */
export function guardReply(reply: Reply, guard: Guard): Reply {
  if (guard.input.blocked) {
    const extras = withTrace(reply, guard, undefined);
    return { ...reply, blocks: [{ text: BLOCKED_MESSAGE }], stopReason: INTERVENED, usage: NO_USAGE, extras };
  }
  const text = reply.blocks.map((block) => ('text' in block ? block.text : '')).join('\n');
  const output = assess(text, guard.version);
  const extras = withTrace(reply, guard, output);
  if (output.blocked) return { ...reply, blocks: [{ text: BLOCKED_MESSAGE }], stopReason: INTERVENED, extras };
  if (output.masked === text) return { ...reply, extras };
  const blocks = reply.blocks.map((block) =>
    'text' in block ? { text: assess(block.text, guard.version).masked } : block,
  );
  return { ...reply, blocks, stopReason: INTERVENED, extras };
}

function withTrace(reply: Reply, guard: Guard, output: Assessment | undefined): Reply['extras'] {
  if (!guard.traced) return reply.extras;
  const actionReason = guard.input.blocked ? guard.input.actionReason : (output?.actionReason ?? 'No action.');
  return {
    ...reply.extras,
    trace: {
      guardrail: {
        actionReason,
        inputAssessment: { [GUARDRAIL_ID]: guard.input.report },
        ...(output ? { outputAssessments: { [GUARDRAIL_ID]: [output.report] } } : {}),
      },
    },
  };
}
