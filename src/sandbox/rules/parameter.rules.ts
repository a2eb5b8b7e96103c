import { modelRefusal } from '../errors/bedrock-error.js';
import { constraintErrors } from '../wire/constraints.js';
import { fieldUnsupported, isClaude, type Rule } from './rule.js';

/** Models of these providers refuse `stopSequences`, even an empty list (seen with gpt-oss, Qwen 3 and GLM). */
const WITHOUT_STOP_SEQUENCES = /^(openai|qwen|zai)\./;
const LATENCY_OPTIMIZED = /^(amazon\.nova-pro-v1|meta\.llama3-1-(70|405)b|anthropic\.claude-3-5-haiku)/;
const METADATA_KEY = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/;
const MAX_METADATA_PAIRS = 16;

/** Keys that a native request of these families takes beside what Converse itself fills. */
const NATIVE_KEYS = {
  claude: new Set([
    'anthropic_beta',
    'anthropic_version',
    'container',
    'context_management',
    'inference_geo',
    'mcp_servers',
    'metadata',
    'output_config',
    'reasoning_config',
    'service_tier',
    'speed',
    'thinking',
    'tool_choice',
    'tools',
    'top_k',
  ]),
  nova: new Set(['inferenceConfig', 'reasoningConfig', 'schemaVersion', 'system', 'toolConfig']),
};

export const maxTokensFitTheModel: Rule = ({ inferenceConfig }, { capabilities }) => {
  const limit = capabilities.maxOutputTokens;
  return limit !== null && (inferenceConfig?.maxTokens ?? 0) > limit
    ? `The maximum tokens you requested exceeds the model limit of ${limit}. Try again with a maximum tokens value that is lower than ${limit}.`
    : undefined;
};

export const samplingIsSupported: Rule = (request, { model, capabilities }) => {
  if (capabilities.samplingParameters !== false) return undefined;
  const { temperature, topP } = request.inferenceConfig ?? {};
  if (!isClaude(model)) {
    const field = temperature === undefined ? topP !== undefined && 'topP' : 'temperature';
    return field ? fieldUnsupported(field) : undefined;
  }
  const topK = request.additionalModelRequestFields?.['top_k'];
  const native = Object.entries({ temperature, top_p: topP, top_k: topK }).find(([, value]) => value !== undefined);
  return native && modelRefusal(`\`${native[0]}\` is deprecated for this model.`);
};

export const temperatureExcludesTopP: Rule = ({ inferenceConfig = {} }, { capabilities }) =>
  !capabilities.temperatureWithTopP && inferenceConfig.temperature !== undefined && inferenceConfig.topP !== undefined
    ? modelRefusal('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
    : undefined;

export const stopSequencesAreSupported: Rule = ({ inferenceConfig }, { model }) => {
  const stops = inferenceConfig?.stopSequences;
  if (!stops) return undefined;
  if (WITHOUT_STOP_SEQUENCES.test(model.id)) return fieldUnsupported('stopSequences');
  return isClaude(model) && stops.some((stop) => stop.trim() === '')
    ? modelRefusal('stop_sequences: each stop sequence must contain non-whitespace')
    : undefined;
};

export const requestMetadataIsBounded: Rule = ({ requestMetadata }) => {
  if (!requestMetadata) return undefined;
  const keys = Object.keys(requestMetadata);
  const at = "Value at 'requestMetadata' failed to satisfy constraint:";
  if (keys.length < 1) return constraintErrors([`${at} Member must have length greater than or equal to 1`]);
  if (keys.length > MAX_METADATA_PAIRS) {
    return constraintErrors([`${at} Member must have length less than or equal to ${MAX_METADATA_PAIRS}`]);
  }
  return keys.some((key) => !METADATA_KEY.test(key))
    ? constraintErrors([
        `${at} Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}]`,
      ])
    : undefined;
};

export const responsePathsAreJsonPointers: Rule = ({ additionalModelResponseFieldPaths = [] }) => {
  const wrong = additionalModelResponseFieldPaths.find((path) => !/^(\/([^~/]|~[01])*)+$/.test(path));
  return wrong === undefined
    ? undefined
    : `The value ${wrong} at additionalModelResponseFieldPaths is not a valid JSON Pointer. Provide a valid JSON Pointer and try again.`;
};

export const latencyIsSupported: Rule = ({ performanceConfig }, { model }) =>
  performanceConfig?.latency === 'optimized' && !LATENCY_OPTIMIZED.test(model.id)
    ? 'Latency performance configuration is not supported for this model. Use the standard latency and try again.'
    : undefined;

export const nativeFieldsAreKnown: Rule = ({ additionalModelRequestFields = {} }, { model }) => {
  const keys = Object.keys(additionalModelRequestFields);
  if (isClaude(model)) {
    const extra = keys.find((key) => !NATIVE_KEYS.claude.has(key));
    return extra && modelRefusal(`${extra}: Extra inputs are not permitted`);
  }
  if (!model.id.startsWith('amazon.nova')) return undefined;
  const extra = keys.find((key) => !NATIVE_KEYS.nova.has(key));
  return (
    extra &&
    modelRefusal(
      `Malformed input request: #: extraneous key [${extra}] is not permitted, please reformat your input and try again.`,
    )
  );
};

/** Nova 2 plans its own sampling and length when it reasons with high effort. */
export const novaHighEffortTakesNoSampling: Rule = (
  { additionalModelRequestFields, inferenceConfig = {} },
  context,
) => {
  const config = additionalModelRequestFields?.['reasoningConfig'] as { maxReasoningEffort?: string } | undefined;
  if (context.capabilities.reasoning !== 'nova2' || config?.maxReasoningEffort !== 'high') return undefined;
  const field = (['temperature', 'topP', 'maxTokens'] as const).find((name) => inferenceConfig[name] !== undefined);
  return field && modelRefusal(`${field} must be unset when maxReasoningEffort is high.`);
};
