import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import type { ChatCompletion, ChatCompletionChunk } from '../../src/openai/chat-completion.js';

/** The answer that the OpenAI SDK's own accumulator builds of the chunks. */
export async function assemble(chunks: readonly ChatCompletionChunk[]): Promise<ChatCompletion> {
  const lines = chunks.map((chunk) => `${JSON.stringify(chunk)}\n`);
  const stream = ChatCompletionStream.fromReadableStream(ReadableStream.from(lines) as never);
  return (await stream.finalChatCompletion()) as ChatCompletion;
}
