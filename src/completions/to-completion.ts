import type { ChatCompletion, ChatCompletionChunk, FinishReason } from '../openai/chat-completion.js';
import type { Completion, CompletionChoice } from '../openai/completion.js';
import { sumUsage } from '../chat/choices.js';

/** What an answer says of itself, the same in every chunk. */
export type CompletionHead = Pick<Completion, 'id' | 'created'>;

/** Where a prompt's answers stand among those of the request. */
export interface PromptPlace {
  /** Choices before the first of this prompt. */
  offset: number;
  /** The prompt itself where it is to be repeated. */
  echo: string;
}

/** Nothing offers tools here, so a tool call cannot end a choice. */
function toFinishReason(reason: FinishReason): CompletionChoice['finish_reason'] {
  return reason === 'tool_calls' || reason === 'function_call' ? 'stop' : reason;
}

/** The answers of all prompts as one. */
export function toCompletion(
  head: CompletionHead,
  answers: readonly [ChatCompletion, ...ChatCompletion[]],
  places: readonly PromptPlace[],
): Completion {
  const choices = answers.flatMap((answer, index) =>
    answer.choices.map<CompletionChoice>((choice) => ({
      index: (places[index]?.offset ?? 0) + choice.index,
      text: (places[index]?.echo ?? '') + (choice.message.content ?? ''),
      logprobs: null,
      finish_reason: toFinishReason(choice.finish_reason),
    })),
  );
  const usage = sumUsage(answers.map((answer) => answer.usage));
  const { model } = answers[0];
  return { ...head, object: 'text_completion', model, choices, ...(usage === undefined ? {} : { usage }) };
}

/** The chunks of one prompt's stream. Those that hold neither text nor an end, such as reasoning, are left out. */
export async function* toCompletionChunks(
  head: CompletionHead,
  chunks: AsyncIterable<ChatCompletionChunk>,
  { offset, echo }: PromptPlace,
): AsyncGenerator<Completion> {
  const echoed = new Set<number>();
  for await (const { model, choices, usage } of chunks) {
    const texts = choices.flatMap<CompletionChoice>(({ index, delta, finish_reason: reason }) => {
      const repeated = echoed.has(index) ? '' : echo;
      echoed.add(index);
      const text = repeated + (delta.content ?? '');
      return text === '' && reason === null
        ? []
        : [
            {
              index: offset + index,
              text,
              logprobs: null,
              finish_reason: reason === null ? null : toFinishReason(reason),
            },
          ];
    });
    if (texts.length > 0 || choices.length === 0) {
      const rest = usage === undefined ? {} : { usage };
      yield { ...head, object: 'text_completion', model, choices: texts, ...rest };
    }
  }
}
