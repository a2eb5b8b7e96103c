import { Injectable } from '@nestjs/common';
import type { EmbeddingInput } from '../bedrock/embedding-families/embedding-family.js';
import { FetchedTogether, type FileReader } from '../common/media/media-fetcher.js';
import { invalidRequest } from '../common/errors/gateway-error.js';
import {
  isTokens,
  type EmbeddingItem,
  type EmbeddingPart,
  type EmbeddingRequest,
} from '../openai/embedding-request.schema.js';
import { EmbeddingImages } from './embedding-images.js';
import { TokenCodec } from '../tokens/token-codec.js';

/** A text that is nothing but a picture: clients of other gateways send images so. */
const IMAGE_TEXT = /^data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/]+={0,2}$/;

/** Nor is this a text: its vector would be that of the digits. */
const OTHER_FILE_TEXT = /^data:(?:audio|video|application)\/[^,;]*(?:;[^,;]*)*;base64,[A-Za-z0-9+/]*={0,2}$/;

/** Fetched images are held in memory together. */
const IMAGES_MAX = 25;

/** Reads the `input` of an embeddings request, whichever of OpenAI's shapes it has. */
@Injectable()
export class EmbeddingInputs {
  constructor(
    private readonly tokens: TokenCodec,
    private readonly images: EmbeddingImages,
  ) {}

  /** @throws GatewayError 400 naming the item; 503 when there is no room for its image */
  async read({ input, input_type: type }: EmbeddingRequest, reader: FileReader): Promise<EmbeddingInput[]> {
    const together = new FetchedTogether(reader);
    if (typeof input !== 'string' && isTokens(input)) {
      return [await this.fromTokens(input, 'input')];
    }
    const given = typeof input === 'string' ? [input] : (input as readonly EmbeddingItem[]);
    const items = type === 'image' ? given.map(toImage) : given;
    if (typeof input === 'string') {
      return Promise.all(items.map((item) => this.fromItem(item, 'input', together)));
    }
    if (items.flatMap(partsOf).filter((part) => part.type === 'image_url').length > IMAGES_MAX) {
      throw invalidRequest('input', `A request may hold at most ${IMAGES_MAX} images.`, 'array_above_max_length');
    }
    return Promise.all(items.map((item, index) => this.fromItem(item, `input[${index}]`, together)));
  }

  private async fromItem(item: EmbeddingItem, param: string, together: FetchedTogether): Promise<EmbeddingInput> {
    if (typeof item === 'string' && !IMAGE_TEXT.test(item)) {
      if (OTHER_FILE_TEXT.test(item)) {
        throw invalidRequest(param, `Invalid '${param}': only texts and images are embedded.`, 'unsupported_input');
      }
      return { text: item, param };
    }
    return Array.isArray(item) ? this.fromTokens(item, param) : this.fromParts(partsOf(item), param, together);
  }

  private async fromTokens(tokens: readonly number[], param: string): Promise<EmbeddingInput> {
    const text = await this.tokens.decode(tokens);
    if (text === '') {
      throw invalidRequest(param, `Invalid '${param}': its tokens stand for no text.`, 'invalid_value');
    }
    return { text, param };
  }

  private async fromParts(
    parts: readonly EmbeddingPart[],
    param: string,
    together: FetchedTogether,
  ): Promise<EmbeddingInput> {
    const urls = parts.flatMap((part) => (part.type === 'image_url' ? [urlOf(part.image_url)] : []));
    const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
    const [url, second] = urls;
    if (second !== undefined || (url === undefined && text === '')) {
      const message = `Invalid '${param}': it must hold a text, one image, or both.`;
      throw invalidRequest(param, message, 'invalid_value');
    }
    return {
      ...(text === '' ? {} : { text }),
      ...(url === undefined ? {} : { image: await this.images.read(url, param, together) }),
      param,
    };
  }
}

function toImage(item: EmbeddingItem): EmbeddingItem {
  return typeof item === 'string' ? { type: 'image_url', image_url: item } : item;
}

function partsOf(item: EmbeddingItem): readonly EmbeddingPart[] {
  if (typeof item === 'string') {
    return IMAGE_TEXT.test(item) ? [{ type: 'image_url', image_url: item }] : [];
  }
  if (Array.isArray(item)) {
    return [];
  }
  return 'content' in item ? (item.content as EmbeddingPart[]) : [item];
}

function urlOf(image: string | { url: string }): string {
  return typeof image === 'string' ? image : image.url;
}
