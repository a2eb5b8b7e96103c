import { Injectable } from '@nestjs/common';
import type { FetchedMedia } from '../bedrock/converse/mapping.js';
import { invalidRequest } from '../common/errors/gateway-error.js';
import { FetchedTogether, type FileReader, MediaFetcher } from '../common/media/media-fetcher.js';
import { AppConfig } from '../config/app-config.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { mediaUrls } from '../openai/media-urls.js';

/** Converse takes 20 images and 5 documents; more URLs than that can only waste time and memory. */
const URLS_MAX = 25;

/** Fetches the files that a request names by URL, because Bedrock takes bytes only. */
@Injectable()
export class RequestMedia {
  constructor(
    private readonly fetcher: MediaFetcher,
    private readonly config: AppConfig,
  ) {}

  /** @throws GatewayError 400 that names the field whose file is refused; 503 when there is no room for the files */
  async fetch(request: ChatRequest, reader: FileReader): Promise<ReadonlyMap<string, FetchedMedia>> {
    const urls = mediaUrls(request);
    const [first] = urls.values();
    if (first !== undefined && !this.config.mediaFetch) {
      throw invalidRequest(first, 'Files must be sent as data URLs: this gateway fetches none.');
    }
    if (urls.size > URLS_MAX) {
      throw invalidRequest('messages', `A request may name at most ${URLS_MAX} files by URL.`);
    }
    const together = new FetchedTogether(reader);
    const files = [...urls].map(async ([url, param]) => [url, await this.fetcher.fetch(url, param, together)] as const);
    return new Map(await Promise.all(files));
  }
}
