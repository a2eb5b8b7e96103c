import { unsupportedParameter } from '../../common/errors/gateway-error.js';
import { isObject } from './is-object.js';
import type { Mapping, NativeFields } from './mapping.js';

/** Later fields win; objects are merged, since `inferenceConfig` and `output_config` have several sources. */
export function mergeNativeFields(...sources: readonly NativeFields[]): NativeFields {
  const merged = new Map<string, unknown>();
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) {
      const before = merged.get(key);
      merged.set(key, isObject(before) && isObject(value) && key !== 'thinking' ? { ...before, ...value } : value);
    }
  }
  return Object.fromEntries(merged);
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
