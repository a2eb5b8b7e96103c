import { FOUNDATION_MODELS } from '../../src/sandbox/catalogue/foundation-models.js';
import { checkConverse } from '../../src/sandbox/rules/converse-rules.js';
import { converseRequestSchema } from '../../src/sandbox/wire/converse-request.js';
import { compactJson } from './assertions.js';
import { modelEntry } from './prepare-request.js';

/** Whether the sandbox knows a model, so that its rules can be asked. */
export function knowsRulesOf(modelId: string): boolean {
  const { baseId } = modelEntry(modelId);
  return FOUNDATION_MODELS.some((model) => model.id === baseId);
}

/** Why Bedrock would refuse a Converse request, by the sandbox's rules; undefined when it would not. */
export function refusalOf(modelId: string, input: object, streaming: boolean): string | undefined {
  const { baseId, capabilities } = modelEntry(modelId);
  const model = FOUNDATION_MODELS.find((candidate) => candidate.id === baseId);
  if (model === undefined) {
    throw new RangeError(`The sandbox does not know ${baseId}.`);
  }
  const { modelId: _path, ...body } = JSON.parse(compactJson(input)) as Record<string, unknown>;
  try {
    checkConverse(converseRequestSchema.parse(body), { model, capabilities, streaming });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
