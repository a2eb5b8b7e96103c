import { unsupportedParameter } from '../../common/errors/gateway-error.js';
import { isObject } from './is-object.js';
import type { Mapping, NativeFields } from './mapping.js';

/**
 * Later fields win; objects are merged, since `inferenceConfig` and `output_config` have several sources, and so are the
 * lists of beta flags, since a flag that a tool needs must not be lost to those of the client.
 */
export function mergeNativeFields(...sources: readonly NativeFields[]): NativeFields {
  const merged = new Map<string, unknown>();
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) {
      merged.set(key, together(key, merged.get(key), value));
    }
  }
  return Object.fromEntries(merged);
}

function together(key: string, before: unknown, value: unknown): unknown {
  if (key === 'anthropic_beta' && Array.isArray(before) && Array.isArray(value)) {
    return [...new Set<unknown>([...before, ...value])];
  }
  return isObject(before) && isObject(value) && key !== 'thinking' ? { ...before, ...value } : value;
}

/**
 * `top_k` where the model takes it.
 * @throws GatewayError 400 on models that take none
 */
export function toTopK(topK: number | undefined, isFixed: boolean, { model, adapt }: Mapping): NativeFields {
  const { topK: field, samplingParameters } = model.capabilities;
  if (topK === undefined) {
    return {};
  }
  if (field === null) {
    throw unsupportedParameter('top_k', `The model '${model.requestedId}' does not support 'top_k'.`);
  }
  if (isFixed || samplingParameters === false) {
    adapt('top_k');
    return {};
  }
  return field === 'inferenceConfig.topK' ? { inferenceConfig: { topK } } : { [field]: topK };
}
