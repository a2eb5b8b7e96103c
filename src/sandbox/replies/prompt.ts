import type { CachePoint, ConverseRequest } from '../wire/converse-request.js';
import { countBlockTokens, countToolTokens } from './tokens.js';

const TOKENS_PER_MESSAGE = 3;

/** A piece of a prompt: content with its size, or the mark of a cache point. */
export type PromptPart = { content: string; tokens: number } | { cachePoint: CachePoint };

/** The prompt in the order in which a model reads it: tools, system, messages. */
export function promptParts(request: Pick<ConverseRequest, 'messages' | 'system' | 'toolConfig'>): PromptPart[] {
  const tools = (request.toolConfig?.tools ?? []).map((tool) => toPart('tool', tool, countToolTokens));
  const system = (request.system ?? []).map((block) => toPart('system', block, countBlockTokens));
  const messages = (request.messages ?? []).flatMap(({ role, content }) =>
    content.map((block, index) =>
      toPart(role, block, (part) => countBlockTokens(part) + (index === 0 ? TOKENS_PER_MESSAGE : 0)),
    ),
  );
  return [...tools, ...system, ...messages];
}

export function promptTokens(parts: readonly PromptPart[]): number {
  return parts.reduce((sum, part) => sum + ('tokens' in part ? part.tokens : 0), 0);
}

function toPart<Block extends { cachePoint?: CachePoint | undefined }>(
  place: string,
  block: Block,
  count: (block: Block) => number,
): PromptPart {
  return block.cachePoint
    ? { cachePoint: block.cachePoint }
    : { content: `${place}:${JSON.stringify(block)}`, tokens: count(block) };
}
