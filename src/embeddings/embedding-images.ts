import { Injectable } from '@nestjs/common';
import type { EmbeddingImage } from '../bedrock/embedding-families/embedding-family.js';
import { invalidRequest } from '../common/errors/gateway-error.js';
import { MediaFetcher, type FetchedTogether } from '../common/media/media-fetcher.js';
import { sniffMediaType } from '../common/media/sniff.js';
import { AppConfig } from '../config/app-config.js';

const DATA_URL = /^data:[^,]*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Enough to tell a format by. */
const HEAD_DIGITS = 1024;
const FORMATS = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/gif': 'gif', 'image/webp': 'webp' } as const;

/** Reads the images of an embeddings request: data URLs, plain base64, and files by URL where fetching is on. */
@Injectable()
export class EmbeddingImages {
  constructor(
    private readonly fetcher: MediaFetcher,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param together shared by all images of the request
   * @throws GatewayError 400 naming `param`
   */
  async read(url: string, param: string, together: FetchedTogether): Promise<EmbeddingImage> {
    // What the client encoded goes on as it is.
    const base64 = /^https?:/i.test(url) ? await this.fetch(url, param, together) : toBase64(url, param);
    const type = sniffMediaType(Buffer.from(base64.slice(0, HEAD_DIGITS), 'base64'));
    const format = type === undefined ? undefined : FORMATS[type as keyof typeof FORMATS];
    if (format === undefined) {
      throw invalidRequest(param, `'${param}' must hold a PNG, JPEG, GIF or WebP image.`, 'invalid_image_format');
    }
    return { format, base64 };
  }

  private async fetch(url: string, param: string, together: FetchedTogether): Promise<string> {
    if (!this.config.mediaFetch) {
      throw invalidRequest(param, 'Images must be sent as data URLs: this gateway fetches none.');
    }
    const { bytes } = await this.fetcher.fetch(url, param, together);
    return Buffer.from(bytes).toString('base64');
  }
}

function toBase64(url: string, param: string): string {
  const data = url.slice(DATA_URL.exec(url.slice(0, 512))?.[0].length ?? 0);
  if (!BASE64.test(data)) {
    throw invalidRequest(param, `'${param}' must be a data URL with base64 or an https URL.`, 'invalid_value');
  }
  return data;
}
