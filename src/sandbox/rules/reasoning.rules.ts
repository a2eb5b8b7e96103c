import { modelRefusal } from '../errors/bedrock-error.js';
import { signatureFits } from '../replies/signature.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import { blocksOf, fieldUnsupported, isClaude, type Rule } from './rule.js';

const GUIDE = 'https://docs.claude.com/en/docs/build-with-claude/extended-thinking';
const MIN_BUDGET_TOKENS = 1024;

/** Adaptive models that still accept a budget. */
const ACCEPTS_BUDGET = /^anthropic\.claude-(opus|sonnet)-4-6/;
/** Adaptive models that do not think unless they are asked to. */
const THINKS_WHEN_ASKED = /^anthropic\.claude-opus-4-[78]/;

interface Thinking {
  type?: unknown;
  budget_tokens?: unknown;
  effort?: unknown;
}

export const thinkingSuitsTheModel: Rule = (request, { model, capabilities }) => {
  const thinking = thinkingOf(request);
  if (!thinking || !isClaude(model)) return undefined;
  const adaptive = capabilities.reasoning === 'anthropic-adaptive';
  if (!adaptive && capabilities.reasoning !== 'anthropic-budget') {
    return modelRefusal('thinking: Extra inputs are not permitted');
  }
  if (thinking.effort !== undefined) {
    return modelRefusal(`thinking.${String(thinking.type)}.effort: Extra inputs are not permitted`);
  }
  if (thinking.type === 'adaptive' && !adaptive) {
    return modelRefusal('adaptive thinking is not supported on this model');
  }
  if (thinking.type === 'enabled' && adaptive && !ACCEPTS_BUDGET.test(model.id)) {
    return modelRefusal(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  }
  return thinking.type === 'disabled' && capabilities.reasoningCanDisable === false
    ? modelRefusal('"thinking.type.disabled" is not supported for this model.')
    : undefined;
};

/** Thinking between tool calls: the budget is that of a whole turn, which may be more than one answer's limit. */
function interleaves({ additionalModelRequestFields }: ConverseRequest): boolean {
  const betas: unknown = additionalModelRequestFields?.['anthropic_beta'];
  return Array.isArray(betas) && betas.some((beta) => String(beta).startsWith('interleaved-thinking-'));
}

export const thinkingBudgetIsBounded: Rule = (request) => {
  const thinking = thinkingOf(request);
  if (thinking?.type !== 'enabled') return undefined;
  if (typeof thinking.budget_tokens !== 'number') {
    return modelRefusal('thinking.enabled.budget_tokens: Field required');
  }
  if (thinking.budget_tokens < MIN_BUDGET_TOKENS) {
    return modelRefusal(
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${MIN_BUDGET_TOKENS}`,
    );
  }
  if (interleaves(request)) return undefined;
  const limit = request.inferenceConfig?.maxTokens;
  return limit !== undefined && thinking.budget_tokens >= limit
    ? modelRefusal(
        `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. Please consult our documentation at ${GUIDE}#max-tokens-and-context-window-size`,
      )
    : undefined;
};

export const thinkingFixesSampling: Rule = (request) => {
  if (!thinks(request)) return undefined;
  const { temperature, topP } = request.inferenceConfig ?? {};
  const consult = `Please consult our documentation at ${GUIDE}#important-considerations-when-using-extended-thinking`;
  if (temperature !== undefined && temperature !== 1) {
    return modelRefusal(`\`temperature\` may only be set to 1 when thinking is enabled. ${consult}`);
  }
  if (topP !== undefined && topP < 0.95) {
    return modelRefusal(
      `\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled. ${consult}`,
    );
  }
  return request.additionalModelRequestFields?.['top_k'] === undefined
    ? undefined
    : modelRefusal(`\`top_k\` must be unset when thinking is enabled. ${consult}`);
};

export const thinkingExcludesForcedTools: Rule = (request, { capabilities }) => {
  const choice = request.toolConfig?.toolChoice;
  const native = request.additionalModelRequestFields?.['tool_choice'] as { type?: unknown } | null | undefined;
  const isForced = choice?.any ?? choice?.tool ?? (native?.type === 'any' || native?.type === 'tool');
  return thinks(request) && isForced && !capabilities.forcedToolWithReasoning
    ? modelRefusal('Thinking may not be enabled when tool_choice forces tool use.')
    : undefined;
};

/** While a turn of tool calls is open, budget thinking must find its own thoughts at its start. */
export const openToolTurnKeepsItsThinking: Rule = (request) => {
  const messages = request.messages ?? [];
  const last = messages.at(-1);
  const turn = messages.at(-2);
  const isOpen = last?.content.some((block) => block.toolResult) && turn?.content.some((block) => block.toolUse);
  const first = turn?.content[0];
  if (thinkingOf(request)?.type !== 'enabled' || !isOpen || !first || first.reasoningContent) return undefined;
  const found = first.toolUse ? 'tool_use' : 'text';
  return modelRefusal(
    `messages.${messages.length - 2}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). To avoid this requirement, disable \`thinking\`. Please consult our documentation at ${GUIDE}`,
  );
};

export const effortIsKnown: Rule = (request, { model, capabilities }) => {
  const effort = effortOf(request);
  if (effort === undefined || capabilities.reasoning === 'none') return undefined;
  const known = capabilities.reasoningEfforts;
  if (isClaude(model) && known.length === 0) {
    return modelRefusal('This model does not support the effort parameter.');
  }
  return known.length > 0 && !known.includes(effort)
    ? modelRefusal(`Invalid value: '${effort}'. Supported values are: ${known.map((name) => `'${name}'`).join(', ')}.`)
    : undefined;
};

/** As Opus 4.8 and Opus 5 said it in July 2026: anthropics/claude-code issues 79798 and 81084. */
export const highEffortThinks: Rule = (request, { model, capabilities }) => {
  const effort = effortOf(request);
  if (capabilities.reasoning !== 'anthropic-adaptive' || ACCEPTS_BUDGET.test(model.id)) return undefined;
  const isOff = thinkingOf(request)?.type === 'disabled' || (THINKS_WHEN_ASKED.test(model.id) && !thinks(request));
  return isOff && (effort === 'xhigh' || effort === 'max')
    ? modelRefusal(
        `output_config.effort '${effort}' is not supported when thinking is disabled on this model. Use effort 'high' or below, or enable thinking.`,
      )
    : undefined;
};

export const signaturesAreClaudes: Rule = (request, { model }) => {
  for (const { block, path } of blocksOf(request)) {
    const thought = block.reasoningContent?.reasoningText;
    if (!thought) continue;
    if (!isClaude(model)) {
      if (thought.signature !== undefined) return fieldUnsupported('reasoningContent.reasoningText.signature');
    } else if (thought.signature === undefined) {
      return modelRefusal(`${path}.thinking.signature: Field required`);
    } else if (!signatureFits(thought.signature, thought.text)) {
      return modelRefusal(`${path}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
  return undefined;
};

/** `reasoning_config` is the older name of `thinking`. */
function thinkingOf({ additionalModelRequestFields: fields = {} }: ConverseRequest): Thinking | undefined {
  return (fields['thinking'] ?? fields['reasoning_config']) as Thinking | undefined;
}

function thinks(request: ConverseRequest): boolean {
  return ['enabled', 'adaptive'].includes(String(thinkingOf(request)?.type));
}

function effortOf(request: ConverseRequest): string | undefined {
  const fields = request.additionalModelRequestFields ?? {};
  const nested = [fields['output_config'], fields['reasoning']] as ({ effort?: unknown } | undefined)[];
  const effort =
    request.outputConfig?.effort ?? fields['reasoning_effort'] ?? nested.find((value) => value?.effort)?.effort;
  return typeof effort === 'string' ? effort : undefined;
}
