import type { ChatRequest } from './chat-request.schema.js';

function isRemote(source: unknown): source is string {
  return typeof source === 'string' && /^https?:/i.test(source);
}

/** What a part may hold a URL in; tool messages hold the same parts as user messages. */
interface MediaHolder {
  image_url?: unknown;
  video_url?: unknown;
  file?: unknown;
}

function sourcesOf(part: MediaHolder): unknown[] {
  const { image_url: image, video_url: video, file } = part;
  const { url: imageUrl = image } = (image ?? {}) as { url?: unknown };
  const { url: videoUrl = video } = (video ?? {}) as { url?: unknown };
  const { file_data: fileData, file_id: fileId } = (file ?? {}) as { file_data?: unknown; file_id?: unknown };
  return [imageUrl, videoUrl, fileData ?? fileId];
}

/** Every remote file that a request names, once, for the gateway to fetch: Bedrock fetches nothing. */
export function mediaUrls(request: ChatRequest): string[] {
  const urls = new Set<string>();
  for (const { content } of request.messages) {
    const parts: readonly object[] = Array.isArray(content) ? content : [];
    for (const part of parts) {
      sourcesOf(part)
        .filter(isRemote)
        .forEach((url) => urls.add(url));
    }
  }
  return [...urls];
}
