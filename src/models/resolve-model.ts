import { capabilitiesOf, isRetired, toBaseId } from './capability.js';
import { UNKNOWN_CAPABILITIES } from './capability-table.js';
import type { ModelCapabilities, ModelLifecycle, ResolvedModel } from './model-entry.js';
import { toModelKind } from './model-kind.js';
import { toBedrockArn } from './model-resource.js';
import type { ListedModel } from './model-source.js';

/** What a model is when only its id is known; the rest is what Bedrock's lists say. */
export function resolveModel(
  { invokeId, baseId, listed }: { invokeId: string; baseId: string; listed?: ListedModel | undefined },
  served: Pick<ResolvedModel, 'scope' | 'destinations'>,
): ResolvedModel {
  return {
    invokeId,
    baseId,
    otherBaseIds: [],
    provider: baseId.split('.', 1)[0] ?? baseId,
    kind: toModelKind(baseId, listed?.outputModalities),
    ...served,
    lifecycle: toLifecycle(baseId, listed),
    capabilities: capabilitiesOf(baseId),
  };
}

/** What an id that no list holds may be taken for: its text is all there is to go by. */
export function resolveUnlisted(id: string, region: string): ResolvedModel {
  const { baseId, geo, kind } = toBaseId(id);
  const inRegion = kind === 'foundation-model' || isInRegionArn(id);
  const served = { scope: inRegion ? 'in-region' : (geo ?? null), destinations: inRegion ? [region] : null };
  return resolveModel({ invokeId: id, baseId }, served);
}

/** Bought capacity, and models of the account, run where they are; profiles and routers need not. */
function isInRegionArn(id: string): boolean {
  const { resource = '' } = toBedrockArn(id) ?? {};
  return /^(?:provisioned-model|imported-model|custom-model-deployment|endpoint)\//.test(resource);
}

/** An imported model by the architecture that Bedrock found in its files. Its own limits are nobody's but its owner's. */
export function resolveImported(arn: string, architecture: string | null, region: string): ResolvedModel {
  const found = ARCHITECTURES.find(([pattern]) => pattern.test(architecture ?? ''));
  const [, provider = 'imported', differences = {}] = found ?? [];
  return {
    ...resolveModel({ invokeId: arn, baseId: arn }, { scope: 'in-region', destinations: [region] }),
    provider,
    kind: 'chat',
    capabilities: { ...UNKNOWN_CAPABILITIES, ...differences },
  };
}

/** Whose family an architecture belongs to, and what holds for all of the family. */
const ARCHITECTURES: readonly (readonly [RegExp, string, Partial<ModelCapabilities>])[] = [
  [/llama/i, 'meta', { toolStreaming: false, toolChoice: ['auto'] }],
  [/mi[sx]tral/i, 'mistral', { toolStreaming: false }],
  [/qwen/i, 'qwen', { stopSequences: false }],
  [
    /gpt.?oss/i,
    'openai',
    { stopSequences: false, reasoning: 'openai-flat', reasoningEfforts: ['low', 'medium', 'high'] },
  ],
];

function toLifecycle(baseId: string, listed: ListedModel | undefined): ModelLifecycle {
  const { legacyAt = null, endOfLifeAt = null } = listed ?? {};
  const ended = listed === undefined ? isRetired(baseId) : endOfLifeAt !== null && endOfLifeAt * 1000 <= Date.now();
  const legacy = listed?.lifecycle === 'LEGACY' ? 'legacy' : 'active';
  return { status: ended ? 'ended' : legacy, legacyAt, endOfLifeAt };
}
