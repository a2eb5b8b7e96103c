import type {
  CitationsContentBlock,
  ContentBlock,
  ConverseResponse,
  ConverseStreamOutput,
  ReasoningContentBlock,
  ToolResultBlockDelta,
  ToolResultContentBlock,
  ToolUseBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { awsRequestIdOf } from '../upstream-error.js';

type BlockStart = NonNullable<NonNullable<ConverseStreamOutput['contentBlockStart']>['start']>;
type BlockDelta = NonNullable<NonNullable<ConverseStreamOutput['contentBlockDelta']>['delta']>;

function toInputText(input: ToolUseBlock['input']): string {
  if (input === undefined || input === null) {
    return '';
  }
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return text === '{}' ? '' : text;
}

function toReasoningDeltas({ reasoningText, redactedContent }: ReasoningContentBlock): BlockDelta[] {
  const deltas: BlockDelta[] = [];
  if (reasoningText !== undefined) {
    deltas.push({ reasoningContent: { text: reasoningText.text ?? '' } });
    if (reasoningText.signature !== undefined) {
      deltas.push({ reasoningContent: { signature: reasoningText.signature } });
    }
  }
  if (redactedContent !== undefined) {
    deltas.push({ reasoningContent: { redactedContent } });
  }
  return deltas;
}

function toCitationDeltas({ content, citations }: CitationsContentBlock): BlockDelta[] {
  const text = (content ?? []).map((part) => part.text ?? '').join('');
  const deltas: BlockDelta[] = [{ text }];
  for (const citation of citations ?? []) {
    const sourceContent = citation.sourceContent?.map((part) => ({ text: part.text }));
    deltas.push({ citation: { ...citation, sourceContent } });
  }
  return deltas;
}

function toResultDelta({ text, json }: ToolResultContentBlock): ToolResultBlockDelta {
  return text === undefined ? { json: json ?? null } : { text };
}

function toDeltas(block: ContentBlock): BlockDelta[] {
  if (block.text !== undefined) {
    return [{ text: block.text }];
  }
  if (block.toolUse !== undefined) {
    return [{ toolUse: { input: toInputText(block.toolUse.input) } }];
  }
  if (block.reasoningContent !== undefined) {
    return toReasoningDeltas(block.reasoningContent);
  }
  if (block.image !== undefined) {
    const { source, error } = block.image;
    return [{ image: { source, error } }];
  }
  if (block.toolResult !== undefined) {
    return [{ toolResult: (block.toolResult.content ?? []).map(toResultDelta) }];
  }
  return block.citationsContent === undefined ? [] : toCitationDeltas(block.citationsContent);
}

/** Text and reasoning begin without an event of their own. */
function toStart({ toolUse, toolResult, image }: ContentBlock): BlockStart | undefined {
  if (toolUse !== undefined) {
    const { toolUseId, name, type } = toolUse;
    return { toolUse: { toolUseId, name, type } };
  }
  if (toolResult !== undefined) {
    const { toolUseId, type, status } = toolResult;
    return { toolResult: { toolUseId, type, status } };
  }
  return image === undefined ? undefined : { image: { format: image.format } };
}

function malformed(response: unknown): GatewayError {
  const awsRequestId = awsRequestIdOf(response);
  return new GatewayError('Bedrock sent an answer that could not be read.', {
    status: 502,
    type: 'server_error',
    code: 'upstream_invalid_response',
    headers: awsRequestId === undefined ? {} : { 'x-aws-request-id': awsRequestId },
  });
}

/**
 * A whole answer of Converse as the events that ConverseStream would have sent. Both ways to the client go through
 * the same mapping, so a model that refuses tools while streaming is replayed, and a streamed answer always equals
 * the one that was not streamed.
 * @throws GatewayError `upstream_invalid_response`, without a word of the answer, when it holds no message
 */
export function* toStreamEvents(response: ConverseResponse): Generator<ConverseStreamOutput> {
  const message = response.output?.message;
  if (!Array.isArray(message?.content)) {
    throw malformed(response);
  }
  yield { messageStart: { role: 'assistant' } };
  for (const [contentBlockIndex, block] of message.content.entries()) {
    const start = toStart(block);
    if (start !== undefined) {
      yield { contentBlockStart: { contentBlockIndex, start } };
    }
    for (const delta of toDeltas(block)) {
      yield { contentBlockDelta: { contentBlockIndex, delta } };
    }
    yield { contentBlockStop: { contentBlockIndex } };
  }
  const { usage, metrics, serviceTier, trace, stopReason, additionalModelResponseFields } = response;
  yield { messageStop: { stopReason, additionalModelResponseFields } };
  yield { metadata: { usage, metrics: { latencyMs: metrics?.latencyMs }, serviceTier, trace } };
}
