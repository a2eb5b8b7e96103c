import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { SearchResult } from '../../openai/chat-content.schema.js';
import type { Mapping } from './mapping.js';
import { wellFormed } from './well-formed.js';

/** What a search found: a block that Claude cites, and text for every other model. */
export function toSearchResult(part: SearchResult, { model, adapt }: Mapping): ContentBlock[] {
  const { source, title, content, citations } = part;
  const texts = (typeof content === 'string' ? [content] : content.map(({ text }) => text))
    .map(wellFormed)
    .filter((text) => text.trim() !== '');
  if (texts.length === 0) {
    return [];
  }
  if (model.provider !== 'anthropic') {
    adapt('messages');
    return [{ text: wellFormed([`${title} (${source})`, ...texts].join('\n')) }];
  }
  return [
    {
      searchResult: {
        source: wellFormed(source),
        title: wellFormed(title),
        content: texts.map((text) => ({ text })),
        ...(citations == null ? {} : { citations: { enabled: citations.enabled } }),
      },
    },
  ];
}
