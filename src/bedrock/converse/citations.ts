import type { CitationLocation } from '@aws-sdk/client-bedrock-runtime';
import type { DocumentCitation, UrlCitation } from '../../openai/chat-completion.js';

/** What a citation and a citation delta of Converse have in common. */
export interface ConverseCitation {
  title?: string | undefined;
  source?: string | undefined;
  sourceContent?: readonly { text?: string | undefined }[] | undefined;
  location?: CitationLocation | undefined;
}

/** The part of `content` that rests on a citation, in UTF-16 positions. */
export interface CitedSpan {
  start: number;
  end: number;
}

function toUrl({ location, source }: ConverseCitation): string | undefined {
  const candidates = [location?.web?.url, source];
  return candidates.find(
    (candidate) => candidate !== undefined && /^https?:/.test(candidate) && URL.canParse(candidate),
  );
}

/** OpenAI's annotation, for a citation that has a URL. */
export function toUrlCitation(citation: ConverseCitation, span: CitedSpan): UrlCitation | undefined {
  const url = toUrl(citation);
  if (url === undefined) {
    return undefined;
  }
  const title = citation.title ?? citation.location?.web?.domain ?? url;
  return { type: 'url_citation', url_citation: { start_index: span.start, end_index: span.end, url, title } };
}

/** The extension, for a citation of a document or a search result without a URL. */
export function toDocumentCitation(citation: ConverseCitation, span: CitedSpan): DocumentCitation {
  return {
    type: 'document_citation',
    start_index: span.start,
    end_index: span.end,
    title: citation.title ?? null,
    cited_text: (citation.sourceContent ?? []).map((part) => part.text ?? '').join(''),
    location: citation.location ?? null,
  };
}
