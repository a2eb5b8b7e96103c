import { toUsdPerMillion } from '../billing/pricing/money.js';
import type { Price } from '../billing/pricing/price.js';
import type { ModelKind, ResolvedModel } from './model-entry.js';

/** OpenAI's model object. */
export interface Model {
  id: string;
  object: 'model';
  /** Unix seconds; 0 where Bedrock does not say, so that the value stays the same from call to call. */
  created: number;
  owned_by: string;
  /** A readable name, which OpenAI's object lacks. */
  display_name: string;
  /** What OpenAI's object has no words for. */
  gateway: ModelDetails;
}

export interface ModelDetails {
  kind: ModelKind | null;
  provider: string;
  /** The foundation model behind a profile or an alias. */
  base_model: string;
  /** What serves it: `in-region`, `global` or a geography; null where that is not known. */
  scope: string | null;
  context_length: number | null;
  max_output_tokens: number | null;
  /** A member is null where nobody has established it. */
  capabilities: Record<string, boolean | null>;
  reasoning_efforts: readonly string[];
  /** USD per million tokens, exactly; null where no price is known. */
  pricing: TokenPricing | null;
  lifecycle: { status: string; legacy_at: string | null; end_of_life_at: string | null };
}

export interface TokenPricing {
  currency: 'USD';
  per: '1M tokens';
  input: string | null;
  output: string | null;
  cache_read: string | null;
  cache_write_5m: string | null;
  cache_write_1h: string | null;
  /** The prices of requests whose prompt is longer than this many tokens, the longest first. */
  above: { prompt_tokens: number; input: string | null; output: string | null }[];
}

export interface ModelList {
  object: 'list';
  data: Model[];
}

/** `steps` are the prices of the model, the longest prompts first. */
export function toModel(
  { id, name, createdAt }: { id: string; name: string; createdAt: number | null },
  model: ResolvedModel,
  steps: readonly Price[],
): Model {
  return {
    id,
    object: 'model',
    created: createdAt ?? 0,
    owned_by: 'bedrock',
    display_name: name,
    gateway: {
      kind: model.kind,
      provider: model.provider,
      base_model: model.baseId.startsWith('arn:') ? id : model.baseId,
      scope: model.scope,
      context_length: model.capabilities.contextWindowTokens,
      max_output_tokens: model.capabilities.maxOutputTokens,
      capabilities: toCapabilities(model),
      reasoning_efforts: model.capabilities.reasoningEfforts,
      pricing: toPricing(steps),
      lifecycle: {
        status: model.lifecycle.status,
        legacy_at: toTime(model.lifecycle.legacyAt),
        end_of_life_at: toTime(model.lifecycle.endOfLifeAt),
      },
    },
  };
}

function toCapabilities({ kind, capabilities }: ResolvedModel): ModelDetails['capabilities'] {
  if (kind === 'embedding' || kind === 'rerank') {
    return { chat: false, embeddings: kind === 'embedding', rerank: kind === 'rerank' };
  }
  return {
    chat: true,
    embeddings: false,
    rerank: false,
    streaming: true,
    tools: capabilities.tools,
    system_prompt: capabilities.systemPrompt,
    vision: capabilities.images,
    documents: capabilities.documents,
    audio: capabilities.audio,
    video: capabilities.video,
    reasoning: capabilities.reasoning === 'model-default' ? null : capabilities.reasoning !== 'none',
    json_schema: capabilities.nativeJsonSchema === false ? capabilities.tools : capabilities.nativeJsonSchema,
    prompt_caching: capabilities.promptCaching !== null,
  };
}

function toPricing(steps: readonly Price[]): TokenPricing | null {
  const usual = steps.find(({ aboveTokens }) => aboveTokens === 0);
  if (usual === undefined) {
    return null;
  }
  const above = steps.filter(({ aboveTokens }) => aboveTokens > 0);
  return {
    currency: 'USD',
    per: '1M tokens',
    input: toUsd(usual.unit.input),
    output: toUsd(usual.unit.output),
    cache_read: toUsd(usual.unit.cacheRead),
    cache_write_5m: toUsd(usual.unit.cacheWrite5m),
    cache_write_1h: toUsd(usual.unit.cacheWrite1h),
    above: above.map(({ aboveTokens, unit }) => ({
      prompt_tokens: aboveTokens,
      input: toUsd(unit.input),
      output: toUsd(unit.output),
    })),
  };
}

function toUsd(picoUsdPerToken: bigint | null): string | null {
  return picoUsdPerToken === null ? null : toUsdPerMillion(picoUsdPerToken);
}

function toTime(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : new Date(unixSeconds * 1000).toISOString();
}
