import type { ModelCapabilities } from '../../models/model-entry.js';
import type { FoundationModel } from '../catalogue/foundation-models.js';
import type { Behaviour } from '../script/behaviour.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import { describeMedia, toolAnswers } from './conversation.js';
import { countBlocks, limitBlocks } from './limits.js';
import type { PromptUsage } from './prompt-cache.js';
import { promptedJson } from './prompted-json.js';
import { hiddenThought, reasoningBlock, scriptedThought } from './reasoning.js';
import type { Reply, ReplyBlock, WireUsage } from './reply.js';
import { schemaInstance } from './schema-instance.js';
import { randomName } from './seed.js';
import { plannedCalls, scriptedCalls } from './tool-calls.js';

const ECHO_CHARACTERS = 120;
const BASE_LATENCY_MS = 180;

/** What an answer is made from. */
export interface Composition {
  request: ConverseRequest;
  model: FoundationModel;
  capabilities: ModelCapabilities;
  /** Text of the last user message without the directive. */
  userText: string;
  behaviour: Partial<Behaviour>;
  prompt: PromptUsage;
  random: () => number;
}

/** The sandbox's answer: scripted where the behaviour says so, else made from the request alone. */
export function composeReply(composition: Composition): Reply {
  const { request, behaviour } = composition;
  const limits = request.inferenceConfig ?? {};
  const { blocks, stoppedBy, exhausted } = limitBlocks(
    plannedBlocks(composition),
    limits.stopSequences ?? [],
    limits.maxTokens ?? composition.capabilities.maxOutputTokens ?? undefined,
  );
  const fields = behaviour.additionalModelResponseFields ?? stopSequenceField(request, stoppedBy);
  const outputTokens = behaviour.usage?.outputTokens ?? countBlocks(blocks);
  return {
    blocks,
    stopReason: behaviour.stopReason ?? stopReason(blocks, stoppedBy, exhausted),
    usage: behaviour.usage === null ? undefined : toUsage(composition, outputTokens),
    latencyMs: BASE_LATENCY_MS + outputTokens * 2,
    extras: {
      ...(request.serviceTier ? { serviceTier: request.serviceTier } : {}),
      ...(request.performanceConfig ? { performanceConfig: request.performanceConfig } : {}),
    },
    ...(fields ? { additionalModelResponseFields: fields } : {}),
  };
}

function plannedBlocks(composition: Composition): ReplyBlock[] {
  const { request, model, capabilities, behaviour, userText, random } = composition;
  const own = behaviour.reply === undefined ? plannedCalls(request, userText) : [];
  const calls = behaviour.toolCalls ? scriptedCalls(request, behaviour.toolCalls) : own;
  const thought = plannedThought(composition);
  const text = behaviour.reply ?? (calls.length > 0 ? '' : plannedText(request, userText, behaviour.chunks));
  return [
    ...(thought ? [thought] : []),
    ...(text ? [{ text }] : []),
    ...calls.map(({ name, input, toolUseId }) => ({
      toolUse: { toolUseId: toolUseId ?? newToolUseId(model, random), name, input },
    })),
  ].filter((block) => capabilities.tools !== false || !('toolUse' in block));
}

function plannedThought({ request, capabilities, behaviour }: Composition): ReplyBlock | undefined {
  if (behaviour.redactedReasoning !== undefined) return hiddenThought(behaviour.redactedReasoning);
  if (behaviour.reasoning !== undefined) return scriptedThought(behaviour.reasoning, capabilities);
  return reasoningBlock(request, capabilities);
}

function plannedText(request: ConverseRequest, userText: string, chunks: number | undefined): string {
  if (chunks !== undefined) return Array.from({ length: chunks }, (_value, index) => `word${index} `).join('');
  const schema = request.outputConfig?.textFormat?.structure.jsonSchema?.schema;
  if (schema !== undefined) return JSON.stringify(schemaInstance(JSON.parse(schema)));
  const answers = toolAnswers(request);
  if (answers !== undefined) return `[sandbox] The tool answered: ${shorten(answers)}`;
  const media = describeMedia(request).map((line) => ` ${line}`);
  const json = promptedJson(request, userText);
  if (json !== undefined) return json;
  return `[sandbox] This is the Bedrock sandbox, not a model. You said: ${shorten(userText)}${media.join('')}`;
}

function shorten(text: string): string {
  const characters = Array.from(text.trim());
  return characters.length <= ECHO_CHARACTERS ? text.trim() : `${characters.slice(0, ECHO_CHARACTERS).join('')}…`;
}

/** Mistral's own ids have nine characters; Bedrock makes the others. */
function newToolUseId(model: FoundationModel, random: () => number): string {
  return model.id.startsWith('mistral.') ? randomName(random, 9) : `tooluse_${randomName(random, 22)}`;
}

function stopReason(blocks: readonly ReplyBlock[], stoppedBy: string | undefined, exhausted: boolean): string {
  if (exhausted) return 'max_tokens';
  if (stoppedBy !== undefined) return 'stop_sequence';
  return blocks.some((block) => 'toolUse' in block) ? 'tool_use' : 'end_turn';
}

function stopSequenceField(
  request: ConverseRequest,
  stoppedBy: string | undefined,
): Record<string, unknown> | undefined {
  const asked = request.additionalModelResponseFieldPaths?.includes('/stop_sequence') ?? false;
  return asked ? { stop_sequence: stoppedBy ?? null } : undefined;
}

function toUsage({ capabilities, prompt, behaviour, model }: Composition, outputTokens: number): WireUsage {
  const scripted = behaviour.usage ?? {};
  const inputTokens = scripted.inputTokens ?? prompt.inputTokens;
  const written = prompt.cacheWriteTokens['5m'] + prompt.cacheWriteTokens['1h'];
  const read = scripted.cacheReadInputTokens ?? prompt.cacheReadTokens;
  const write = scripted.cacheWriteInputTokens ?? written;
  const details =
    scripted.cacheDetails ??
    (['1h', '5m'] as const).flatMap((ttl) => {
      const tokens = scripted.cacheWriteInputTokens === undefined ? prompt.cacheWriteTokens[ttl] : 0;
      return tokens > 0 ? [{ ttl, inputTokens: tokens }] : [];
    });
  const caches = capabilities.promptCaching !== null || read > 0 || write > 0;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens + read + write,
    ...(caches ? { cacheReadInputTokens: read, cacheWriteInputTokens: write } : {}),
    // Claude's answers still carry the older names of these two.
    ...(caches && model.id.startsWith('anthropic.')
      ? { cacheReadInputTokenCount: read, cacheWriteInputTokenCount: write }
      : {}),
    ...(details.length > 0 ? { cacheDetails: details } : {}),
    serverToolUsage: {},
  };
}
