import type { ContentBlock, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { jsonAnswer, streamAnswer, type ReplayedAnswer } from './replayed-bedrock.js';
import type { Responder } from './replay-server.js';

export const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

/** A whole answer of Converse. */
export function whole(content: ContentBlock[], stopReason = 'end_turn', usage: object = USAGE): ReplayedAnswer {
  return jsonAnswer(200, {
    output: { message: { role: 'assistant', content } },
    stopReason,
    usage,
    metrics: { latencyMs: 1 },
  });
}

/** The events of a streamed answer around those of its blocks. */
export function events(
  blocks: readonly (ConverseStreamOutput | Record<string, unknown>)[],
  stopReason = 'end_turn',
): (ConverseStreamOutput | Record<string, unknown>)[] {
  return [
    { messageStart: { role: 'assistant' } },
    ...blocks,
    { messageStop: { stopReason } },
    { metadata: { usage: USAGE, metrics: { latencyMs: 1 } } },
  ];
}

export function textDelta(contentBlockIndex: number, text: string): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { text } } };
}

export function toolStart(contentBlockIndex: number, name: string): ConverseStreamOutput {
  return { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: `t${contentBlockIndex}`, name } } } };
}

export function toolDelta(contentBlockIndex: number, input: string): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input } } } };
}

export function blockStop(contentBlockIndex: number): ConverseStreamOutput {
  return { contentBlockStop: { contentBlockIndex } };
}

/** "Hello." in the way that was asked for. */
export const hello: Responder = (path) =>
  path.endsWith('-stream')
    ? streamAnswer(events([textDelta(0, 'Hel'), textDelta(0, 'lo.'), blockStop(0)]))
    : whole([{ text: 'Hello.' }]);

export function exception(type: string, status: number, message: string): ReplayedAnswer {
  return jsonAnswer(
    status,
    { message },
    {
      'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
      'x-amzn-requestid': 'aws-request-1',
    },
  );
}
