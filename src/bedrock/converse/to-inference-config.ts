import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { Mapping } from './mapping.js';
import type { ReasoningPlan } from './reasoning/reasoning-plan.js';

/** Converse takes 0 to 1 where OpenAI takes 0 to 2. */
const TEMPERATURE_MAX = 1;
/** The least `top_p` that Claude takes while it thinks. */
const THINKING_TOP_P_MIN = 0.95;

type Sampling = Pick<InferenceConfiguration, 'temperature' | 'topP'>;

/** The output limit that the client asked for. */
export function requestedMaxTokens(request: ChatRequest): number | undefined {
  return request.max_completion_tokens ?? request.max_tokens ?? undefined;
}

/** The output limit of requests that name none, as far as the model has room for it: Bedrock refuses a higher one. */
export function defaultMaxTokens({ model, context }: Mapping): number | undefined {
  const { maxOutputTokens } = model.capabilities;
  return context.defaultMaxTokens === undefined
    ? undefined
    : Math.min(context.defaultMaxTokens, maxOutputTokens ?? Infinity);
}

/** Output limit, sampling and the stop sequences that the model takes; undefined when Bedrock's defaults hold for all. */
export function toInferenceConfig(
  request: ChatRequest,
  reasoning: ReasoningPlan,
  stopSequences: string[],
  mapping: Mapping,
): InferenceConfiguration | undefined {
  const maxTokens = toMaxTokens(request, reasoning, mapping);
  for (const penalty of ['frequency_penalty', 'presence_penalty'] as const) {
    if (request[penalty]) mapping.adapt(penalty);
  }
  const config = {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...toSampling(request, reasoning, mapping),
    ...(stopSequences.length === 0 ? {} : { stopSequences }),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

function toMaxTokens(request: ChatRequest, reasoning: ReasoningPlan, mapping: Mapping): number | undefined {
  const requested = requestedMaxTokens(request);
  if (reasoning.omitsMaxTokens) {
    if (requested !== undefined) {
      mapping.adapt('max_completion_tokens');
    }
    return undefined;
  }
  const maxTokens = requested ?? reasoning.maxTokens ?? defaultMaxTokens(mapping);
  const { minOutputTokens } = mapping.model.capabilities;
  // The limit of a tenant is not lifted: then Bedrock says what it thinks of it.
  if (maxTokens === undefined || maxTokens >= minOutputTokens || mapping.context.isOutputLimited) {
    return maxTokens;
  }
  mapping.adapt('max_completion_tokens');
  return minOutputTokens;
}

function toSampling(request: ChatRequest, reasoning: ReasoningPlan, { model, adapt }: Mapping): Sampling {
  const { capabilities } = model;
  const sampling: Sampling = {};
  const temperature = request.temperature ?? undefined;
  const topP = request.top_p ?? undefined;
  const isFixed = capabilities.samplingParameters === false || reasoning.sampling === 'omitted';
  if (temperature !== undefined) {
    if (isFixed || (reasoning.sampling === 'default' && temperature !== 1)) {
      adapt('temperature');
    } else {
      sampling.temperature = Math.min(temperature, TEMPERATURE_MAX);
      if (temperature > TEMPERATURE_MAX) adapt('temperature');
    }
  }
  if (topP !== undefined) {
    const isExcluded = sampling.temperature !== undefined && !capabilities.temperatureWithTopP;
    if (isFixed || isExcluded || (reasoning.sampling === 'default' && topP < THINKING_TOP_P_MIN)) {
      adapt('top_p');
    } else {
      sampling.topP = topP;
    }
  }
  return sampling;
}
