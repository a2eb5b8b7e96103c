import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';

export interface EmbeddingImage {
  format: 'png' | 'jpeg' | 'gif' | 'webp';
  base64: string;
}

/** One thing to embed: a text, an image, or the two together as one vector. */
export interface EmbeddingInput {
  text?: string;
  image?: EmbeddingImage;
  /** Path of the request's field that it came from. */
  param: string;
}

/** What the vectors are for. */
export type EmbeddingInputType = 'search_document' | 'search_query' | 'classification' | 'clustering';

export interface EmbeddingOptions {
  /** Length of the vectors; undefined is the model's own. */
  dimensions?: number;
  inputType: EmbeddingInputType;
  /** Nova's purpose, in its own words. */
  purpose?: string;
  /** What happens to a text that is too long; undefined is the family's own way. */
  truncate?: 'none' | 'start' | 'end';
}

/** One InvokeModel call. */
export interface PreparedEmbedding {
  inputs: readonly EmbeddingInput[];
  body: object;
}

/**
 * A family of embedding models that take the same body on InvokeModel. Singletons without state of any request.
 */
export abstract class EmbeddingFamily {
  /** As it stands in the ledger. */
  abstract readonly name: string;

  /** The lengths that a vector can have; the first is the default. */
  protected abstract readonly dimensions: readonly [number, ...number[]];
  /** Most texts of one call. */
  protected readonly textsPerCall: number = 1;
  /** `separate`: an image is an input of its own; `together`: also beside a text, as one vector. */
  protected readonly images: 'none' | 'separate' | 'together' = 'none';

  /** Whether a text is billed by its tokens or by the call. */
  readonly billedBy: 'token' | 'request' = 'token';

  abstract serves(model: ModelEntry): boolean;

  /**
   * The calls that embed the inputs, in their order.
   * @throws GatewayError 400 that names what this model cannot do
   */
  prepare(inputs: readonly EmbeddingInput[], options: EmbeddingOptions): PreparedEmbedding[] {
    this.checkDimensions(options.dimensions);
    inputs.forEach((input) => this.checkImage(input));
    return this.split(inputs).map((part) => ({ inputs: part, body: this.toBody(part, options) }));
  }

  /**
   * The vectors of an answer, one per input of its call.
   * @throws ZodError when the answer is not the family's
   */
  abstract toVectors(answer: unknown): number[][];

  protected abstract toBody(inputs: readonly EmbeddingInput[], options: EmbeddingOptions): object;

  /** Neighbouring texts share a call up to the limit; an image has one to itself, since its bytes are many. */
  private split(inputs: readonly EmbeddingInput[]): EmbeddingInput[][] {
    const calls: EmbeddingInput[][] = [];
    for (const input of inputs) {
      const last = calls.at(-1);
      const shares = input.image === undefined && last?.[0]?.image === undefined;
      if (last !== undefined && shares && last.length < this.textsPerCall) {
        last.push(input);
      } else {
        calls.push([input]);
      }
    }
    return calls;
  }

  private checkDimensions(asked: number | undefined): void {
    if (asked === undefined || this.dimensions.includes(asked)) {
      return;
    }
    const [fixed, ...others] = this.dimensions;
    if (others.length === 0) {
      throw unsupportedParameter('dimensions', `The vectors of this model have ${fixed} dimensions and no others.`);
    }
    const sizes = [...this.dimensions].sort((left, right) => left - right).join(', ');
    throw invalidRequest('dimensions', `Invalid 'dimensions': this model takes ${sizes}.`, 'invalid_value');
  }

  private checkImage({ text, image, param }: EmbeddingInput): void {
    if (image !== undefined && this.images === 'none') {
      throw invalidRequest(param, `Invalid '${param}': this model embeds texts only.`, 'unsupported_input');
    }
    if (image !== undefined && text !== undefined && this.images === 'separate') {
      const message = `Invalid '${param}': this model embeds a text or an image, not both as one.`;
      throw invalidRequest(param, message, 'unsupported_input');
    }
  }
}

/** Refuses Nova's purposes for a model that has none. */
export function refusePurpose({ purpose }: EmbeddingOptions): void {
  if (purpose !== undefined) {
    throw unsupportedParameter('embedding_purpose', "This model takes no 'embedding_purpose'; use 'input_type'.");
  }
}

/** Refuses to cut texts for a model that takes them whole or not at all. */
export function refuseTruncation({ truncate }: EmbeddingOptions, ...taken: string[]): void {
  if (truncate !== undefined && truncate !== 'none' && !taken.includes(truncate)) {
    throw unsupportedParameter('truncate', `This model does not take 'truncate: ${truncate}'.`);
  }
}
