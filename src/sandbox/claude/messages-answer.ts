import { padding } from '../framing/padding.js';
import { toJournalUsage } from '../replies/journal-usage.js';
import type { Reply, ReplyBlock } from '../replies/reply.js';
import { randomName } from '../replies/seed.js';
import { type BlockDelta, blockDeltas, type Slicing, type StreamEvent } from '../stream/events.js';

type Native = Record<string, unknown>;

/** An answer as a Claude model gives it on InvokeModel. */
export function toMessagesAnswer(reply: Reply, model: string, random: () => number): Native {
  return {
    ...envelope(model, random),
    content: reply.blocks.map(toNativeBlock),
    stop_reason: reply.stopReason,
    stop_sequence: reply.additionalModelResponseFields?.['stop_sequence'] ?? null,
    ...(reply.usage ? { usage: nativeUsage(reply) } : {}),
  };
}

/** The same as events of InvokeModelWithResponseStream: each holds one native event as base64. */
export function* messagesEvents(reply: Reply, model: string, slicing: Slicing): Generator<StreamEvent> {
  const { random } = slicing;
  const usage = reply.usage ? nativeUsage(reply) : undefined;
  const message = {
    ...envelope(model, random),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(usage ? { usage: { ...usage, output_tokens: 1 } } : {}),
  };
  yield chunk({ type: 'message_start', message }, random);
  for (const [index, block] of reply.blocks.entries()) {
    yield chunk({ type: 'content_block_start', index, content_block: emptyBlock(block) }, random);
    for (const delta of blockDeltas(block, slicing)) {
      const native = toNativeDelta(delta);
      if (native) yield chunk({ type: 'content_block_delta', index, delta: native }, random);
    }
    yield chunk({ type: 'content_block_stop', index }, random);
  }
  const delta = {
    stop_reason: reply.stopReason,
    stop_sequence: reply.additionalModelResponseFields?.['stop_sequence'] ?? null,
  };
  const counted = usage ? { usage: { output_tokens: usage['output_tokens'] } } : {};
  yield chunk({ type: 'message_delta', delta, ...counted }, random);
  yield { ...chunk({ type: 'message_stop', ...metrics(reply) }, random), reportsUsage: usage !== undefined };
}

function envelope(model: string, random: () => number): Native {
  return {
    model: model.replace(/^anthropic\.|-v\d+(:\d+)?$/g, ''),
    id: `msg_bdrk_01${randomName(random, 22)}`,
    type: 'message',
    role: 'assistant',
  };
}

function toNativeBlock(block: ReplyBlock): Native {
  if ('text' in block) return { type: 'text', text: block.text };
  if ('toolUse' in block) {
    const { toolUseId, name, input } = block.toolUse;
    return { type: 'tool_use', id: toNativeId(toolUseId), name, input };
  }
  const { reasoningContent } = block;
  return 'reasoningText' in reasoningContent
    ? {
        type: 'thinking',
        thinking: reasoningContent.reasoningText.text,
        signature: reasoningContent.reasoningText.signature,
      }
    : { type: 'redacted_thinking', data: reasoningContent.redactedContent };
}

function toNativeId(toolUseId: string): string {
  return toolUseId.replace(/^tooluse_/, 'toolu_bdrk_01');
}

function emptyBlock(block: ReplyBlock): Native {
  const native = toNativeBlock(block);
  if (native['type'] === 'text') return { ...native, text: '' };
  if (native['type'] === 'tool_use') return { ...native, input: {} };
  return native['type'] === 'thinking' ? { ...native, thinking: '', signature: '' } : native;
}

/** Undefined for a hidden thought, which stands whole in the start of its block. */
function toNativeDelta(delta: BlockDelta): Native | undefined {
  if ('text' in delta) return { type: 'text_delta', text: delta.text };
  if ('toolUse' in delta) return { type: 'input_json_delta', partial_json: delta.toolUse.input };
  const { reasoningContent } = delta;
  if ('redactedContent' in reasoningContent) return undefined;
  return 'signature' in reasoningContent
    ? { type: 'signature_delta', signature: reasoningContent.signature }
    : { type: 'thinking_delta', thinking: reasoningContent.text };
}

function nativeUsage(reply: Reply): Native {
  const usage = reply.usage ? toJournalUsage(reply.usage) : undefined;
  if (!usage) return {};
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
  };
}

function metrics({ usage, latencyMs }: Reply): Native {
  if (!usage) return {};
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  return {
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: inputTokens,
      outputTokenCount: outputTokens,
      invocationLatency: latencyMs,
      firstByteLatency: Math.round(latencyMs / 2),
      ...(cacheReadInputTokens + cacheWriteInputTokens > 0
        ? { cacheReadInputTokenCount: cacheReadInputTokens, cacheWriteInputTokenCount: cacheWriteInputTokens }
        : {}),
    },
  };
}

function chunk(native: Native, random: () => number): StreamEvent {
  const bytes = Buffer.from(JSON.stringify(native)).toString('base64');
  return { type: 'chunk', payload: { bytes, p: padding(random) } };
}
