import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ModelEntry } from '../../models/model-entry.js';
import { EmbeddingFamily, refusePurpose, refuseTruncation } from './embedding-family.js';
import type { EmbeddingInput, EmbeddingOptions } from './embedding-family.js';

const vector = z.array(z.number()).min(1);
/** Where types of vectors were asked for, V2 may give them by type alone. */
const answerSchema = z.union([
  z.object({ embedding: vector }),
  z
    .object({ embeddingsByType: z.object({ float: vector }) })
    .transform(({ embeddingsByType: { float } }) => ({ embedding: float })),
]);

/** What the Titan models have in common: one input a call, and one vector in the answer. */
abstract class TitanEmbeddingFamily extends EmbeddingFamily {
  readonly name = 'titan-embed';

  override toVectors(answer: unknown): number[][] {
    return [answerSchema.parse(answer).embedding];
  }

  protected override toBody([input]: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    refusePurpose(options);
    refuseTruncation(options);
    return this.toTitanBody(input?.text, input?.image?.base64, options.dimensions);
  }

  protected abstract toTitanBody(
    inputText: string | undefined,
    inputImage: string | undefined,
    dimensions: number | undefined,
  ): object;
}

/** `amazon.titan-embed-text-v1` (listed also as `amazon.titan-embed-g1-text-02`). */
@Injectable()
export class TitanTextV1EmbeddingFamily extends TitanEmbeddingFamily {
  protected readonly dimensions = [1536] as const;

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('amazon.titan-embed-text-v1') || baseId.startsWith('amazon.titan-embed-g1-text');
  }

  protected override toTitanBody(inputText: string | undefined): object {
    return { inputText };
  }
}

/** `amazon.titan-embed-text-v2:0`. */
@Injectable()
export class TitanTextV2EmbeddingFamily extends TitanEmbeddingFamily {
  protected readonly dimensions = [1024, 512, 256] as const;

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('amazon.titan-embed-text-v2');
  }

  protected override toTitanBody(inputText?: string, _inputImage?: string, dimensions?: number): object {
    return { inputText, ...(dimensions === undefined ? {} : { dimensions }) };
  }
}

/** `amazon.titan-embed-image-v1`: text, image, or both as one vector. */
@Injectable()
export class TitanMultimodalEmbeddingFamily extends TitanEmbeddingFamily {
  protected readonly dimensions = [1024, 384, 256] as const;
  protected override readonly images = 'together';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('amazon.titan-embed-image-v1');
  }

  protected override toTitanBody(inputText?: string, inputImage?: string, dimensions?: number): object {
    return {
      ...(inputText === undefined ? {} : { inputText }),
      ...(inputImage === undefined ? {} : { inputImage }),
      ...(dimensions === undefined ? {} : { embeddingConfig: { outputEmbeddingLength: dimensions } }),
    };
  }
}
