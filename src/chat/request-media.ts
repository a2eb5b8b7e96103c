import { Injectable } from '@nestjs/common';
import type { FetchedMedia } from '../bedrock/converse/mapping.js';
import { invalidRequest } from '../common/errors/gateway-error.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { mediaUrls } from '../openai/media-urls.js';

/** Fetches the files that a request names by URL, because Bedrock takes bytes only. */
@Injectable()
export class RequestMedia {
  async fetch(request: ChatRequest): Promise<ReadonlyMap<string, FetchedMedia>> {
    const [first] = mediaUrls(request);
    if (first !== undefined) {
      throw invalidRequest('messages', 'Images must be sent as data URLs.');
    }
    return new Map();
  }
}
