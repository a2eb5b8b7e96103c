import { LIST_PRICES } from '../list-prices.js';
import { LIST_UNIT_PRICES } from '../unit-prices.js';

/** Names of the price list that are not those of the ids. The list has no model ids. */
const NAMES: Readonly<Record<string, string>> = {
  'Nova 2.0 Lite': 'amazon.nova-2-lite-v1:0',
  'Titan Embeddings G1 - Text': 'amazon.titan-embed-text-v1',
  'Titan Text Embeddings V2': 'amazon.titan-embed-text-v2:0',
  'Titan Multimodal Embeddings G1': 'amazon.titan-embed-image-v1',
  'Claude 3.5 Sonnet v2': 'anthropic.claude-3-5-sonnet-20241022-v2:0',
  'Cohere Embed 4': 'cohere.embed-v4:0',
  'Cohere Embed 3 English': 'cohere.embed-english-v3',
  'Cohere Embed 3 Multilingual': 'cohere.embed-multilingual-v3',
  'Cohere Rerank 3.5': 'cohere.rerank-v3-5:0',
};

const compact = (text: string) =>
  text
    .replace(/\(amazon bedrock edition\)/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');

/** An id without its vendor, date and version. */
const nameOf = (id: string) =>
  id
    .replace(/^[^.]+\./, '')
    .replace(/:\d+$/, '')
    .replace(/-v\d+$/, '')
    .replace(/-\d{8}$/, '')
    .replace(/-1$/, '');

const ids = [...new Set([...LIST_PRICES, ...LIST_UNIT_PRICES].map(([model]) => model))];
const byName = Map.groupBy(ids, (id) => compact(nameOf(id)));
const aliases = new Map(Object.entries(NAMES).map(([name, id]) => [compact(name), id]));

/**
 * The model of a name in the price list: one that is listed here, or the only one whose id says the same. Undefined for
 * every other: a price is never given to a model that only looks similar.
 */
export function findModel(name: string): string | undefined {
  const alias = aliases.get(compact(name));
  const found = byName.get(compact(name)) ?? [];
  return alias ?? (found.length === 1 ? found[0] : undefined);
}

/** The id that a usage type such as `USE1-openai.gpt-oss-120b-1:0-input-tokens-standard` holds itself. */
export function findModelIn(usageType: string): string | undefined {
  const [longest, ...shorter] = ids
    .filter((id) => usageType.includes(`-${id}-`))
    .toSorted((a, b) => b.length - a.length);
  return shorter.every((id) => longest?.startsWith(id)) ? longest : undefined;
}
