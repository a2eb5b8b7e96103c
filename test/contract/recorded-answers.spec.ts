import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import type { AnswerContext } from '../../src/bedrock/converse/answer-context.js';
import { toChatCompletion } from '../../src/bedrock/converse/to-chat-completion.js';
import { toChunks } from '../../src/bedrock/converse/to-chunks.js';
import { toStreamEvents } from '../../src/bedrock/converse/to-stream-events.js';
import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { assemble } from '../support/assemble.js';
import { schemaErrors } from '../support/openai-schemas.js';
import {
  listRecordings,
  RECORDINGS,
  toExpectedAnswer,
  toReplayedAnswer,
  toSeenAnswer,
  type ExpectedAnswer,
  type Recording,
} from '../support/recordings.js';
import { bedrockAnswering } from '../support/replayed-bedrock.js';
import { describeWithShared } from '../support/shared-data.js';

function nothing(): Promise<void> {
  return Promise.resolve();
}

function contextOf({ model_id }: Recording): AnswerContext {
  return { id: 'chatcmpl-recorded', created: 1_700_000_000, model: model_id };
}

async function chunksOf(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) {
    expect(schemaErrors('chat.completion.chunk', chunk)).toEqual([]);
    chunks.push(chunk);
  }
  return chunks;
}

/** What a streaming client sees; the accumulator of the SDK keeps only the last delta of `reasoning_content`. */
async function toStreamed(chunks: readonly ChatCompletionChunk[]): Promise<ExpectedAnswer> {
  const reasoning = chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? '').join('');
  return toSeenAnswer(await assemble(chunks), chunks.at(-1)?.usage, reasoning);
}

const answered = listRecordings('Converse').filter(({ response }) => response.status === 200);
const streamed = listRecordings('ConverseStream').filter(({ response }) => response.status === 200);

describeWithShared(RECORDINGS)('recorded answers through the real SDK', () => {
  it.each(answered.map((recording) => [recording.id, recording] as const))('maps %s', async (_id, recording) => {
    const context = contextOf(recording);
    const command = new ConverseCommand({ modelId: 'm', messages: [] });
    const output = await bedrockAnswering(toReplayedAnswer(recording)).send(command);
    const { completion } = toChatCompletion(output, context);
    const expected = toExpectedAnswer(recording);
    expect(schemaErrors('chat.completion', completion)).toEqual([]);
    expect(toSeenAnswer(completion, completion.usage, completion.choices[0]?.message.reasoning_content)).toEqual(
      expected,
    );

    const inBedrock = (output.output?.message?.content ?? []).filter(
      ({ toolUse }) => toolUse?.type === 'server_tool_use',
    );
    const told = completion.choices[0]?.message.server_tool_calls ?? [];
    expect(told.map(({ id, input }) => [id, input])).toEqual(
      inBedrock.map(({ toolUse }) => [toolUse?.toolUseId, toolUse?.input]),
    );
    expect(told.every(({ result }) => (result?.content.length ?? 0) > 0)).toBe(true);

    const replayed = await chunksOf(
      toChunks(toStreamEvents(output), { ...context, includeUsage: true, onComplete: nothing }),
    );
    expect(await toStreamed(replayed)).toEqual(expected);
  });

  it.each(streamed.map((recording) => [recording.id, recording] as const))('streams %s', async (_id, recording) => {
    const command = new ConverseStreamCommand({ modelId: 'm', messages: [] });
    const { stream = [] } = await bedrockAnswering(toReplayedAnswer(recording)).send(command);
    const context = { ...contextOf(recording), includeUsage: true, onComplete: nothing };
    expect(await toStreamed(await chunksOf(toChunks(stream, context)))).toEqual(toExpectedAnswer(recording));
  });

  it('are all there', () => {
    process.stdout.write(`recorded answers mapped: ${answered.length} whole, ${streamed.length} streamed\n`);
    expect(answered.length).toBeGreaterThanOrEqual(311);
    expect(streamed.length).toBeGreaterThanOrEqual(97);
  });
});
