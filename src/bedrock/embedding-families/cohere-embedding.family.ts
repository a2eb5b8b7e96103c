import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ModelEntry } from '../../models/model-entry.js';
import { EmbeddingFamily, refusePurpose } from './embedding-family.js';
import type { EmbeddingImage, EmbeddingInput, EmbeddingOptions } from './embedding-family.js';

const vectors = z.array(z.array(z.number()).min(1));
/** Without `embedding_types` v3 answers a plain list, and v4 a list under the type's name. */
const answerSchema = z.object({ embeddings: z.union([vectors, z.object({ float: vectors })]) });

function toDataUrl({ format, base64 }: EmbeddingImage): string {
  return `data:image/${format};base64,${base64}`;
}

/**
 * The longest text that v3 takes, whatever `truncate` says: "expected maxLength: 2048". So it was reported:
 * deepset-ai/haystack-core-integrations issue 912, spring-projects/spring-ai issue 1753.
 */
const V3_CHARACTERS_MAX = 2048;

function cut(text: string | undefined, truncate: 'none' | 'start' | 'end'): string | undefined {
  if (text === undefined || text.length <= V3_CHARACTERS_MAX || truncate === 'none') return text;
  // A pair of surrogates is one character and is not parted.
  return truncate === 'start'
    ? text.slice(-V3_CHARACTERS_MAX).replace(/^[\uDC00-\uDFFF]/, '')
    : text.slice(0, V3_CHARACTERS_MAX).replace(/[\uD800-\uDBFF]$/, '');
}

/** Cohere takes 96 texts a call. A text that is too long is cut at its end, as the predecessor had it. */
abstract class CohereEmbeddingFamily extends EmbeddingFamily {
  readonly name = 'cohere-embed';
  protected override readonly textsPerCall = 96;

  override toVectors(answer: unknown): number[][] {
    const { embeddings } = answerSchema.parse(answer);
    return Array.isArray(embeddings) ? embeddings : embeddings.float;
  }
}

/** `cohere.embed-english-v3` and `cohere.embed-multilingual-v3`. */
@Injectable()
export class CohereV3EmbeddingFamily extends CohereEmbeddingFamily {
  protected readonly dimensions = [1024] as const;
  protected override readonly images = 'separate';

  serves({ baseId }: ModelEntry): boolean {
    return /^cohere\.embed-(?:english|multilingual)-v3/.test(baseId);
  }

  protected override toBody(inputs: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    refusePurpose(options);
    const image = inputs[0]?.image;
    if (image !== undefined) {
      return { images: [toDataUrl(image)], input_type: 'image' };
    }
    const { truncate = 'end' } = options;
    const texts = inputs.map(({ text }) => cut(text, truncate));
    return { texts, input_type: options.inputType, truncate: truncate.toUpperCase() };
  }
}

/** `cohere.embed-v4:0`: images too, also beside a text. */
@Injectable()
export class CohereV4EmbeddingFamily extends CohereEmbeddingFamily {
  protected readonly dimensions = [1536, 1024, 512, 256] as const;
  protected override readonly images = 'together';

  serves({ baseId }: ModelEntry): boolean {
    return baseId.startsWith('cohere.embed-v4');
  }

  protected override toBody(inputs: readonly EmbeddingInput[], options: EmbeddingOptions): object {
    refusePurpose(options);
    const { dimensions } = options;
    return {
      ...this.toContent(inputs),
      input_type: options.inputType,
      truncate: { none: 'NONE', start: 'LEFT', end: 'RIGHT' }[options.truncate ?? 'end'],
      ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
    };
  }

  private toContent(inputs: readonly EmbeddingInput[]): object {
    const [first] = inputs;
    if (first?.image === undefined) {
      return { texts: inputs.map(({ text }) => text) };
    }
    const url = toDataUrl(first.image);
    return first.text === undefined
      ? { images: [url] }
      : {
          inputs: [
            {
              content: [
                { type: 'text', text: first.text },
                { type: 'image_url', image_url: { url } },
              ],
            },
          ],
        };
  }
}
