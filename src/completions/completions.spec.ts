import type { ChatCompletion, ChatCompletionChunk } from '../openai/chat-completion.js';
import { completionRequestSchema, type CompletionRequest } from '../openai/completion-request.schema.js';
import { toInvalidRequest } from '../openai/validation-issue.js';
import { toChatRequest } from './to-chat-request.js';
import { toCompletion, toCompletionChunks } from './to-completion.js';

const HEAD = { id: 'cmpl-1', created: 1 };

function request(fields: object): CompletionRequest {
  return completionRequestSchema.parse({ model: 'm', prompt: 'Once', ...fields });
}

function answer(text: string, finish: ChatCompletion['choices'][0]['finish_reason']): ChatCompletion {
  const message = { role: 'assistant' as const, content: text, refusal: null };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 2,
    model: 'm',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  };
}

async function* chunks(...deltas: (string | null)[]): AsyncGenerator<ChatCompletionChunk> {
  const common = { id: 'chatcmpl-1', object: 'chat.completion.chunk' as const, created: 2, model: 'm' };
  for (const content of deltas) {
    const delta = content === null ? {} : { content };
    const finish_reason = content === null ? ('stop' as const) : null;
    yield { ...common, choices: [{ index: 0, delta, logprobs: null, finish_reason }] };
  }
  yield { ...common, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };
}

describe(toChatRequest.name, () => {
  it('makes the prompt a message, with OpenAI’s default length', () => {
    expect(toChatRequest(request({ temperature: 0, stop: ['.'] }), 'Once')).toMatchObject({
      model: 'm',
      messages: [{ role: 'user', content: 'Once' }],
      max_tokens: 16,
      temperature: 0,
      stop: ['.'],
    });
  });

  it('keeps the guardrail', () => {
    const guardrailConfig = { guardrailIdentifier: 'g', guardrailVersion: '1' };
    expect(toChatRequest(request({ guardrailConfig }), 'Once')).toMatchObject({ guardrailConfig });
  });

  it.each(['davinci-002', 'babbage-002', 'text-davinci-003'])('leaves %s to the default model', (model) => {
    expect(toChatRequest(request({ model }), 'Once')).not.toHaveProperty('model');
  });

  it.each([
    ['suffix', { suffix: 'end' }],
    ['logprobs', { logprobs: 0 }],
    ['best_of', { best_of: 2 }],
  ])('refuses %s', (param, fields) => {
    expect(() => toChatRequest(request(fields), 'Once')).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('takes what asks for nothing', () => {
    expect(() => toChatRequest(request({ suffix: '', best_of: 2, n: 2, logprobs: null }), 'Once')).not.toThrow();
  });
});

describe('completionRequestSchema', () => {
  it.each<[string, object]>([
    ['an empty prompt', { prompt: '' }],
    ['no prompt', { prompt: undefined }],
    ['no prompts', { prompt: [] }],
    ['an empty prompt among others', { prompt: ['a', ''] }],
    ['too many prompts', { prompt: Array.from({ length: 21 }, () => 'a') }],
    ['too many choices of prompts', { prompt: ['a', 'b', 'c'], n: 8 }],
  ])('refuses %s', (_name, fields) => {
    const { error } = completionRequestSchema.safeParse({ model: 'm', prompt: 'a', ...fields });
    expect(toInvalidRequest(error?.issues ?? [])).toMatchObject({ status: 400, param: 'prompt' });
  });

  it('takes one long prompt in tokens', () => {
    expect(request({ prompt: Array.from({ length: 30 }, () => 1) }).prompt).toHaveLength(30);
  });
});

describe(toCompletion.name, () => {
  it('numbers the choices over all prompts, repeats the prompt where asked, and sums usage', () => {
    const places = [
      { offset: 0, echo: 'Once' },
      { offset: 2, echo: '' },
    ];
    expect(toCompletion(HEAD, [answer(' upon', 'length'), answer('a time', 'tool_calls')], places)).toEqual({
      ...HEAD,
      object: 'text_completion',
      model: 'm',
      choices: [
        { index: 0, text: 'Once upon', logprobs: null, finish_reason: 'length' },
        { index: 2, text: 'a time', logprobs: null, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
  });
});

describe(toCompletionChunks.name, () => {
  it('sends the prompt once, leaves out what holds nothing, and ends with usage', async () => {
    const seen = [];
    for await (const chunk of toCompletionChunks(HEAD, chunks('', ' upon', '', null), { offset: 3, echo: 'Once' })) {
      expect(chunk).toMatchObject({ ...HEAD, object: 'text_completion' });
      seen.push(chunk.choices[0] ?? chunk.usage);
    }
    expect(seen).toEqual([
      { index: 3, text: 'Once', logprobs: null, finish_reason: null },
      { index: 3, text: ' upon', logprobs: null, finish_reason: null },
      { index: 3, text: '', logprobs: null, finish_reason: 'stop' },
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    ]);
  });
});
