import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { ModelRoute } from '../models/model-route.js';
import { EmbeddingFamilies } from './embedding-families/embedding-families.js';
import type {
  EmbeddingFamily,
  EmbeddingInput,
  EmbeddingOptions,
  PreparedEmbedding,
} from './embedding-families/embedding-family.js';
import { InvokeUpstream, unreadableAnswer, type InvokeCall, type InvokePlan } from './invoke-upstream.js';
import { mapBounded } from './map-bounded.js';

/** Who asks. */
export type EmbeddingCaller = Pick<InvokeCall, 'meter' | 'client' | 'requestMetadata'>;

/** The vectors of one call. */
export interface EmbeddedPart {
  inputs: readonly EmbeddingInput[];
  /** One per input. */
  vectors: number[][];
  /** Undefined when Bedrock did not tell. */
  inputTokens: number | undefined;
}

/** Embeddings through InvokeModel, in as many calls as the model needs. */
@Injectable()
export class EmbeddingUpstream {
  constructor(
    private readonly families: EmbeddingFamilies,
    private readonly upstream: InvokeUpstream,
    private readonly config: AppConfig,
  ) {}

  /**
   * All inputs in their order, or none: the first failure ends the request, though what was embedded before is billed
   * and metered. After the client has left, no further call is begun.
   */
  async embed(
    inputs: readonly EmbeddingInput[],
    options: EmbeddingOptions,
    route: ModelRoute,
    caller: EmbeddingCaller,
  ): Promise<EmbeddedPart[]> {
    const candidates = ofOneModel(route);
    const family = this.families.for(candidates[0].model);
    const calls = family.prepare(inputs, options);
    return mapBounded(calls, this.config.embeddingConcurrency, (call) => this.call(call, family, candidates, caller));
  }

  private async call(
    { inputs, body }: PreparedEmbedding,
    family: EmbeddingFamily,
    candidates: ModelRoute['candidates'],
    caller: EmbeddingCaller,
  ): Promise<EmbeddedPart> {
    const param = inputs.length === 1 ? (inputs[0]?.param ?? 'input') : 'input';
    const units = unitsOf(inputs, family);
    const plan = { family: family.name, body, ...(units === undefined ? {} : { units }) };
    const answer = await this.upstream.invoke({
      ...caller,
      operation: 'embeddings',
      candidates,
      plan: () => plan,
      param,
    });
    const vectors = toVectors(family, answer.body);
    if (vectors.length !== inputs.length) {
      throw unreadableAnswer(new Error(`${inputs.length} inputs were answered with ${vectors.length} vectors.`));
    }
    return { inputs, vectors, inputTokens: answer.inputTokens };
  }
}

/** Vectors of two models cannot be compared, so only the same model may stand in, in another region or profile. */
function ofOneModel({ candidates: [first, ...others] }: ModelRoute): ModelRoute['candidates'] {
  return [first, ...others.filter(({ model }) => model.baseId === first.model.baseId)];
}

/** What a call is billed beside or instead of its tokens. */
function unitsOf(inputs: readonly EmbeddingInput[], { billedBy }: EmbeddingFamily): InvokePlan['units'] {
  const images = inputs.filter(({ image }) => image !== undefined).length;
  if (images > 0) {
    return { kind: 'image', count: images };
  }
  return billedBy === 'request' ? { kind: 'request', count: 1 } : undefined;
}

function toVectors(family: EmbeddingFamily, body: unknown): number[][] {
  try {
    return family.toVectors(body);
  } catch (error) {
    throw unreadableAnswer(error);
  }
}
