import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ModelEntry } from '../../models/model-entry.js';
import { EmbeddingFamily, refusePurpose, refuseTruncation } from './embedding-family.js';
import type { EmbeddingInput, EmbeddingOptions } from './embedding-family.js';

const segment = z.object({ embedding: z.array(z.number()).min(1) });
/** The reference shows a list for 2.7 and an object for 3.0; other clients have seen the vector without `data`. */
const answerSchema = z.union([
  z.object({ data: z.union([segment, z.tuple([segment])]) }),
  segment.transform((data) => ({ data })),
]);

/** TwelveLabs Marengo: one input a call. Audio and video take asynchronous jobs, which this endpoint does not have. */
abstract class MarengoEmbeddingFamily extends EmbeddingFamily {
  readonly name = 'marengo-embed';
  override readonly billedBy = 'request';

  override toVectors(answer: unknown): number[][] {
    const { data } = answerSchema.parse(answer);
    return [(Array.isArray(data) ? data[0] : data).embedding];
  }
}

/** `twelvelabs.marengo-embed-2-7-v1:0`. A text that is too long is cut at its end, as its own default has it. */
@Injectable()
export class MarengoV2EmbeddingFamily extends MarengoEmbeddingFamily {
  protected readonly dimensions = [1024] as const;
  protected override readonly images = 'separate';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('twelvelabs.marengo-embed-2');
  }

  protected override toBody([input]: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    refusePurpose(options);
    refuseTruncation(options, 'end');
    return input?.image === undefined
      ? { inputType: 'text', inputText: input?.text, textTruncate: options.truncate ?? 'end' }
      : { inputType: 'image', mediaSource: { base64String: input.image.base64 } };
  }
}

/** `twelvelabs.marengo-embed-3-0-v1:0`: also a text and an image as one vector. */
@Injectable()
export class MarengoV3EmbeddingFamily extends MarengoEmbeddingFamily {
  protected readonly dimensions = [512] as const;
  protected override readonly images = 'together';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('twelvelabs.marengo-embed-3');
  }

  protected override toBody([input]: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    refusePurpose(options);
    refuseTruncation(options);
    const inputText = input?.text;
    if (input?.image === undefined) {
      return { inputType: 'text', text: { inputText } };
    }
    const mediaSource = { base64String: input.image.base64 };
    return inputText === undefined
      ? { inputType: 'image', image: { mediaSource } }
      : { inputType: 'text_image', text_image: { inputText, mediaSource } };
  }
}
