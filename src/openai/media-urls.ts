import type { ChatRequest } from './chat-request.schema.js';

function isRemote(source: unknown): source is string {
  return typeof source === 'string' && /^https?:/i.test(source);
}

/** What a part may hold a URL in; tool messages hold the same parts as user messages. */
interface MediaHolder {
  image_url?: unknown;
  video_url?: unknown;
  file?: unknown;
  source?: unknown;
}

type Source = [field: string, source: unknown];

function toUrlSource(field: string, value: unknown): Source {
  const url = (value as { url?: unknown } | null | undefined)?.url;
  return url === undefined ? [field, value] : [`${field}.url`, url];
}

function sourcesOf({ image_url: image, video_url: video, file, source }: MediaHolder): Source[] {
  const { file_data: data, file_id: id } = (file ?? {}) as { file_data?: unknown; file_id?: unknown };
  return [
    toUrlSource('image_url', image),
    toUrlSource('video_url', video),
    data ? ['file.file_data', data] : ['file.file_id', id],
    ['source.url', (source as { url?: unknown } | null | undefined)?.url],
  ];
}

type Part = MediaHolder & { type?: unknown; content?: unknown };

function listed(content: unknown, path: string): [path: string, part: Part][] {
  const parts: readonly Part[] = Array.isArray(content) ? content : [];
  return parts.map((part, position) => [`${path}[${position}]`, part]);
}

/** The parts of a message and those of the tool results among them, each with its path. */
function partsOf(content: unknown, path: string): [path: string, part: Part][] {
  return listed(content, path).flatMap(([partPath, part]) =>
    part.type === 'tool_result' ? listed(part.content, `${partPath}.content`) : [[partPath, part]],
  );
}

/**
 * Every remote file that a request names, for the gateway to fetch: Bedrock fetches nothing. Each URL once, with the
 * path of the first field that holds it.
 */
export function mediaUrls(request: ChatRequest): Map<string, string> {
  const urls = new Map<string, string>();
  for (const [index, { content }] of request.messages.entries()) {
    if (typeof content === 'string') continue;
    for (const [path, part] of partsOf(content, `messages[${index}].content`)) {
      for (const [field, url] of sourcesOf(part)) {
        if (isRemote(url) && !urls.has(url)) {
          urls.set(url, `${path}.${field}`);
        }
      }
    }
  }
  return urls;
}
