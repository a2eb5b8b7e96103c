import type { ConverseRequest } from '../wire/converse-request.js';
import * as rules from './parameter.rules.js';
import type { Rule } from './rule.js';
import { CLAUDE, refusalOf, type Sample } from './rule-samples.js';

function config(inferenceConfig: ConverseRequest['inferenceConfig']): ConverseRequest {
  return { inferenceConfig };
}

describe('rules of parameters', () => {
  it.each<[string, Rule, Sample, string]>([
    [
      'more tokens than the model writes',
      rules.maxTokensFitTheModel,
      { request: config({ maxTokens: 4097 }), capabilities: { maxOutputTokens: 4096 } },
      'The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.',
    ],
    [
      'sampling by a new Claude',
      rules.samplingIsSupported,
      { request: config({ topP: 0.5 }), modelId: CLAUDE, capabilities: { samplingParameters: false } },
      '`top_p` is deprecated for this model.',
    ],
    [
      'top_k by a new Claude',
      rules.samplingIsSupported,
      {
        request: { additionalModelRequestFields: { top_k: 5 } },
        modelId: CLAUDE,
        capabilities: { samplingParameters: false },
      },
      '`top_k` is deprecated for this model.',
    ],
    [
      'sampling by another model without it',
      rules.samplingIsSupported,
      { request: config({ temperature: 0 }), capabilities: { samplingParameters: false } },
      "This model doesn't support the temperature field. Remove temperature and try again.",
    ],
    [
      'temperature with topP',
      rules.temperatureExcludesTopP,
      { request: config({ temperature: 0, topP: 1 }), capabilities: { temperatureWithTopP: false } },
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    ],
    [
      'stop sequences, even none, by gpt-oss',
      rules.stopSequencesAreSupported,
      { request: config({ stopSequences: [] }), modelId: 'openai.gpt-oss-120b-1:0' },
      "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
    ],
    [
      'a blank stop sequence by Claude',
      rules.stopSequencesAreSupported,
      { request: config({ stopSequences: ['\n'] }), modelId: CLAUDE },
      'stop_sequences: each stop sequence must contain non-whitespace',
    ],
    [
      'request metadata without a pair',
      rules.requestMetadataIsBounded,
      { request: { requestMetadata: {} } },
      "1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'more than 16 pairs of request metadata',
      rules.requestMetadataIsBounded,
      { request: { requestMetadata: Object.fromEntries(Array.from({ length: 17 }, (_value, i) => [`k${i}`, 'v'])) } },
      'Member must have length less than or equal to 16',
    ],
    [
      'a strange key of request metadata',
      rules.requestMetadataIsBounded,
      { request: { requestMetadata: { 'a*b': 'v' } } },
      'Map keys must satisfy constraint',
    ],
    [
      'a path that is no JSON pointer',
      rules.responsePathsAreJsonPointers,
      { request: { additionalModelResponseFieldPaths: ['stop_sequence'] } },
      'The value stop_sequence at additionalModelResponseFieldPaths is not a valid JSON Pointer.',
    ],
    [
      'optimized latency where there is none',
      rules.latencyIsSupported,
      { request: { performanceConfig: { latency: 'optimized' } } },
      'Latency performance configuration is not supported',
    ],
    [
      'an unknown native field of Claude',
      rules.nativeFieldsAreKnown,
      { request: { additionalModelRequestFields: { seed: 1 } }, modelId: CLAUDE },
      'The model returned the following errors: seed: Extra inputs are not permitted',
    ],
    [
      'an unknown native field of Nova',
      rules.nativeFieldsAreKnown,
      { request: { additionalModelRequestFields: { top_k: 1 } }, modelId: 'amazon.nova-lite-v1:0' },
      'Malformed input request: #: extraneous key [top_k] is not permitted',
    ],
    [
      'sampling beside the high effort of Nova 2',
      rules.novaHighEffortTakesNoSampling,
      {
        request: {
          inferenceConfig: { maxTokens: 5 },
          additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
        },
        capabilities: { reasoning: 'nova2' },
      },
      'maxTokens must be unset when maxReasoningEffort is high.',
    ],
  ])('refuse %s', (_name, rule, sample, message) => {
    expect(refusalOf(rule, sample)).toContain(message);
  });

  it.each(Object.entries(rules))('%s accepts ordinary parameters', (_name, rule) => {
    const request: ConverseRequest = {
      inferenceConfig: { maxTokens: 4096, temperature: 0.2, topP: 0.9, stopSequences: ['END'] },
      additionalModelRequestFields: { top_k: 4 },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      requestMetadata: { team: 'blue' },
      performanceConfig: { latency: 'standard' },
    };

    expect(refusalOf(rule, { request, modelId: CLAUDE, capabilities: { maxOutputTokens: 4096 } })).toBeUndefined();
  });
});
