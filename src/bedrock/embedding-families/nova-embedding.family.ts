import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ModelEntry } from '../../models/model-entry.js';
import { EmbeddingFamily } from './embedding-family.js';
import type { EmbeddingInput, EmbeddingInputType, EmbeddingOptions } from './embedding-family.js';

const answerSchema = z.object({
  embeddings: z.tuple([z.object({ embedding: z.array(z.number()).min(1) })]),
});

const PURPOSES: Readonly<Record<EmbeddingInputType, string>> = {
  search_document: 'GENERIC_INDEX',
  search_query: 'GENERIC_RETRIEVAL',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
};

/** `amazon.nova-2-multimodal-embeddings-v1:0`: one text or image a call; a long text is cut at its end. */
@Injectable()
export class NovaEmbeddingFamily extends EmbeddingFamily {
  readonly name = 'nova-embed';
  protected readonly dimensions = [3072, 1024, 384, 256] as const;
  protected override readonly images = 'separate';

  serves({ baseId }: ModelEntry): boolean {
    return /^amazon\.nova-[\w-]*multimodal-embeddings/.test(baseId);
  }

  override toVectors(answer: unknown): number[][] {
    return [answerSchema.parse(answer).embeddings[0].embedding];
  }

  protected override toBody([input]: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    const { text, image } = input ?? {};
    return {
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: options.purpose ?? PURPOSES[options.inputType],
        embeddingDimension: options.dimensions ?? this.dimensions[0],
        ...(image === undefined
          ? { text: { truncationMode: (options.truncate ?? 'end').toUpperCase(), value: text } }
          : { image: { format: image.format, source: { bytes: image.base64 } } }),
      },
    };
  }
}
