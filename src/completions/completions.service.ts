import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { mapBounded } from '../bedrock/map-bounded.js';
import { mergeStreams } from '../chat/choices.js';
import { ChatService, type ChatCaller } from '../chat/chat.service.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { ChatCompletion, ChatCompletionChunk } from '../openai/chat-completion.js';
import type { Completion } from '../openai/completion.js';
import { COMPLETIONS_MAX, type CompletionRequest } from '../openai/completion-request.schema.js';
import { TokenCodec } from '../tokens/token-codec.js';
import { toChatRequest } from './to-chat-request.js';
import { toCompletion, toCompletionChunks, type CompletionHead, type PromptPlace } from './to-completion.js';

/** OpenAI's first text API for clients that still use it: every prompt is a conversation of one message. */
@Injectable()
export class CompletionsService {
  constructor(
    private readonly chat: ChatService,
    private readonly tokens: TokenCodec,
  ) {}

  /** The answer, or its stream, of which nothing is asked of Bedrock until it is read. */
  async create(caller: ChatCaller, request: CompletionRequest): Promise<Completion | AsyncGenerator<Completion>> {
    const prompts = await this.readPrompts(request.prompt);
    const places = prompts.map((prompt, index) => ({
      offset: index * (request.n ?? 1),
      echo: request.echo ? prompt : '',
    }));
    const head = { id: `cmpl-${randomUUID().replaceAll('-', '')}`, created: Math.floor(Date.now() / 1000) };
    const answers = await mapBounded(prompts, COMPLETIONS_MAX, (prompt) => this.ask(caller, request, prompt));
    const whole = answers.filter((answer) => 'choices' in answer);
    const [first, ...others] = whole;
    if (first !== undefined) {
      return toCompletion(head, [first, ...others], places);
    }
    const streams = answers.map((answer, index) => toStream(head, answer, places[index]));
    const [stream] = streams;
    return streams.length === 1 && stream !== undefined ? stream : mergeStreams(streams);
  }

  private async ask(caller: ChatCaller, request: CompletionRequest, prompt: string) {
    try {
      return await this.chat.create(caller, toChatRequest(request, prompt));
    } catch (error) {
      throw aboutPrompt(error);
    }
  }

  private async readPrompts(prompt: CompletionRequest['prompt']): Promise<string[]> {
    if (typeof prompt === 'string') {
      return [prompt];
    }
    if (typeof prompt[0] === 'number') {
      return [await this.tokens.decode(prompt as number[])];
    }
    const prompts = prompt as readonly (string | number[])[];
    return Promise.all(prompts.map(async (one) => (typeof one === 'string' ? one : this.tokens.decode(one))));
  }
}

async function* toStream(
  head: CompletionHead,
  answer: ChatCompletion | AsyncIterable<ChatCompletionChunk>,
  place: PromptPlace = { offset: 0, echo: '' },
): AsyncGenerator<Completion> {
  if ('choices' in answer) {
    throw new TypeError('A stream was asked for.');
  }
  try {
    yield* toCompletionChunks(head, answer, place);
  } catch (error) {
    throw aboutPrompt(error);
  }
}

/** Chat names the field that the prompt became. */
function aboutPrompt(error: unknown): unknown {
  if (!(error instanceof GatewayError) || !error.param?.startsWith('messages')) {
    return error;
  }
  const { message, status, type, code, headers, cause } = error;
  return new GatewayError(message, { status, type, code, headers, cause, param: 'prompt' });
}
