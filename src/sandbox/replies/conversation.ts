import { createHash } from 'node:crypto';
import type { ContentBlock, ConverseRequest, ToolResultContent } from '../wire/converse-request.js';

/** The text of the last user message, tool results included: what an answer refers to and where directives stand. */
export function lastUserText(request: ConverseRequest): string {
  return lastUserHolders(request)
    .flatMap(({ text }) => (text === undefined ? [] : [text]))
    .join('\n');
}

/** What the tools of the last turn answered; undefined when the last message holds no tool result. */
export function toolAnswers(request: ConverseRequest): string | undefined {
  const results = (request.messages?.at(-1)?.content ?? []).flatMap(({ toolResult }) => toolResult ?? []);
  if (results.length === 0) return undefined;
  return results
    .flatMap(({ content }) => content)
    .map(({ text, json }) => text ?? (json === undefined ? '' : JSON.stringify(json)))
    .filter(Boolean)
    .join(' | ');
}

/** Every image, document, video and sound of the last user message, told by kind, size and hash. */
export function describeMedia(request: ConverseRequest): string[] {
  return lastUserHolders(request).flatMap((holder) => {
    const [kind] = (['image', 'document', 'video', 'audio'] as const).filter((name) => holder[name]);
    const media = kind && (holder[kind] as ContentBlock['document']);
    if (!kind || !media) return [];
    const bytes = Buffer.from(media.source.bytes ?? media.source.text ?? media.source.s3Location?.uri ?? '', 'base64');
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const name = kind === 'document' ? ` "${media.name}"` : '';
    return [`[${kind}${name} ${media.format ?? 'unnamed format'}, ${bytes.length} bytes, sha256 ${hash}]`];
  });
}

function lastUserHolders(request: ConverseRequest): (ContentBlock | ToolResultContent)[] {
  const message = request.messages?.findLast(({ role }) => role === 'user');
  return (message?.content ?? []).flatMap((block) => [block, ...(block.toolResult?.content ?? [])]);
}
