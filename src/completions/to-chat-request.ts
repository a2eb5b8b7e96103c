import { unsupportedParameter } from '../common/errors/gateway-error.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import type { CompletionRequest } from '../openai/completion-request.schema.js';

/** OpenAI's default. */
const MAX_TOKENS_DEFAULT = 16;

/** The completion models of OpenAI that are no `gpt-…`; the default model serves them. */
const OPENAI_COMPLETION_MODEL = /^(?:text-)?(?:davinci|curie|babbage|ada)(?:-|$)/i;

/**
 * One prompt as a conversation of one message.
 * @throws GatewayError 400 for what no chat model can do
 */
export function toChatRequest(request: CompletionRequest, prompt: string): ChatRequest {
  refuseUnservable(request);
  const { model, n, temperature, top_p, stop, seed, user, stream, stream_options } = request;
  const { frequency_penalty, presence_penalty, logit_bias, guardrailConfig } = request;
  return {
    ...(OPENAI_COMPLETION_MODEL.test(model) ? {} : { model }),
    messages: [{ role: 'user', content: prompt }],
    max_tokens: request.max_tokens ?? MAX_TOKENS_DEFAULT,
    n,
    temperature,
    top_p,
    stop,
    seed,
    user,
    stream,
    stream_options,
    frequency_penalty,
    presence_penalty,
    logit_bias,
    guardrailConfig,
  };
}

function refuseUnservable({ suffix, logprobs, best_of: bestOf, n }: CompletionRequest): void {
  if (suffix != null && suffix !== '') {
    throw unsupportedParameter('suffix', "Unsupported parameter: 'suffix'. No model on Bedrock inserts text.");
  }
  if (logprobs != null) {
    throw unsupportedParameter('logprobs', "Unsupported parameter: 'logprobs'. Bedrock reports none.");
  }
  if (bestOf != null && bestOf > (n ?? 1)) {
    const message = "Unsupported parameter: 'best_of' above 'n'. Without log probabilities there is no best.";
    throw unsupportedParameter('best_of', message);
  }
}
