import type { ImageBlockDelta, ImageBlockStart } from '@aws-sdk/client-bedrock-runtime';
import type { ChatCompletionDelta } from '../../openai/chat-completion.js';
import type { AnswerState, ImageBlock } from './answer-state.js';

export function openImage(state: AnswerState, blockIndex: number, { format }: ImageBlockStart): void {
  state.openBlocks.set(blockIndex, { kind: 'image', format: format ?? 'png', bytes: [] });
}

/** Takes bytes of an image. One that Bedrock could not give, or keeps in S3, is told of with the finish reason. */
export function onImage(state: AnswerState, blockIndex: number, { source, error }: ImageBlockDelta): void {
  const block = state.openBlocks.get(blockIndex);
  if (block?.kind === 'image' && source?.bytes !== undefined) {
    block.bytes.push(source.bytes);
  } else if (error !== undefined || source !== undefined) {
    state.imageFailed = true;
  }
}

/** An image whole, since a data URL in pieces is of no use to a client. */
export function closeImage(state: AnswerState, { format, bytes }: ImageBlock): ChatCompletionDelta | undefined {
  if (bytes.length === 0) {
    state.imageFailed = true;
    return undefined;
  }
  const index = state.images;
  state.images += 1;
  const url = `data:image/${format};base64,${Buffer.concat(bytes).toString('base64')}`;
  return { images: [{ type: 'image_url', index, image_url: { url } }] };
}
