import { CAPABILITIES, UNKNOWN_CAPABILITIES } from './capability-table.js';
import type { ModelCapabilities } from './model-entry.js';
import type { GeoPrefix, ModelRow } from './model-row.js';

/** What an id or ARN names; `opaque` ones are resolved by the lists of the account. */
export type ModelIdKind = 'foundation-model' | 'inference-profile' | 'opaque';

export interface BaseId {
  baseId: string;
  geo?: GeoPrefix;
  kind: ModelIdKind;
}

const GEO_PREFIX = /^(us-gov|us|eu|apac|jp|au|ca|in|global)\.(?=[a-z0-9]+\.)/;
const ARN_RESOURCE = /^arn:[^:]*:bedrock:[^:]*:[^:]*:(foundation-model|inference-profile)\/(.+)$/;
/** Context variants of one model, for example `…-v2:0:200k`. */
const CONTEXT_SUFFIX = /:\d+k$/;
/** A date and a version, which other Bedrock endpoints leave out of the same model's id. */
const RELEASE_SUFFIX = /(-\d{8})?(-v\d+(:\d+)?|-\d+:\d+)?$/;

const SHORT_CACHE = { ttls: ['5m'], maxPoints: 4, minTokens: null } satisfies ModelCapabilities['promptCaching'];

const rowsById = new Map(CAPABILITIES.map((row) => [row.id, row]));
const rowsByRelease = new Map(CAPABILITIES.map((row) => [row.id.replace(RELEASE_SUFFIX, ''), row]));

/** The foundation model behind an id or ARN, as far as its text tells. */
export function toBaseId(idOrArn: string): BaseId {
  const resource = ARN_RESOURCE.exec(idOrArn);
  if (resource === null && idOrArn.startsWith('arn:')) {
    return { baseId: idOrArn, kind: 'opaque' };
  }
  const id = (resource?.[2] ?? idOrArn).replace(CONTEXT_SUFFIX, '');
  const geo = GEO_PREFIX.exec(id)?.[1] as GeoPrefix | undefined;
  if (geo === undefined) {
    return { baseId: id, kind: 'foundation-model' };
  }
  return { baseId: id.slice(geo.length + 1), geo, kind: 'inference-profile' };
}

/** Whether a base id is an ARN of the account, whose text does not tell what is behind it. */
export function isOpaque(baseId: string): boolean {
  return baseId.startsWith('arn:');
}

/** Whether the table knows the model. */
export function hasRow(baseId: string): boolean {
  return findRow(baseId) !== undefined;
}

/** Whether a model is past its end of life, as far as the table knows. */
export function isRetired(baseId: string): boolean {
  return findRow(baseId)?.retired ?? false;
}

function findRow(baseId: string): ModelRow | undefined {
  return rowsById.get(baseId) ?? rowsByRelease.get(baseId.replace(RELEASE_SUFFIX, ''));
}

/** What the model of a base id can do. A model without a row gets what holds for its whole family. */
export function capabilitiesOf(baseId: string): ModelCapabilities {
  return findRow(baseId)?.capabilities ?? familyDefaults(baseId);
}

/**
 * What does not change within a family. New Claude models think adaptively; a budget passes, since an older one without
 * a row may want it. All that came since Claude 3.7 and Nova cache, and who names a model of the account by its ARN
 * and asks for a cache is taken to know it.
 */
function familyDefaults(baseId: string): ModelCapabilities {
  if (baseId.startsWith('anthropic.')) {
    return {
      ...UNKNOWN_CAPABILITIES,
      topK: 'top_k',
      toolResultMedia: ['image', 'document'],
      besideToolResults: ['text', 'image'],
      reasoning: 'anthropic-adaptive',
      reasoningEfforts: ['low', 'medium', 'high'],
      reasoningBudget: true,
      reasoningReplay: 'signed',
      promptCaching: { ttls: ['5m', '1h'], maxPoints: 4, minTokens: null },
    };
  }
  if (baseId.startsWith('amazon.nova')) {
    return {
      ...UNKNOWN_CAPABILITIES,
      topK: 'inferenceConfig.topK',
      toolResultMedia: ['image'],
      toolCaching: false,
      promptCaching: SHORT_CACHE,
    };
  }
  if (isOpaque(baseId)) {
    return { ...UNKNOWN_CAPABILITIES, topK: 'top_k', promptCaching: SHORT_CACHE };
  }
  if (/^(meta|mistral|writer)\./.test(baseId)) {
    return {
      ...UNKNOWN_CAPABILITIES,
      assistantPrefill: baseId.startsWith('writer.') ? null : false,
      textBesideToolCalls: !baseId.startsWith('meta.'),
      besideToolResults: [],
      toolResultStatus: !baseId.startsWith('writer.'),
    };
  }
  if (baseId.startsWith('cohere.')) {
    return { ...UNKNOWN_CAPABILITIES, topK: 'k' };
  }
  return UNKNOWN_CAPABILITIES;
}
