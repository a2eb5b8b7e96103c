import { SAMPLE_APPLICATION_PROFILES } from './account-resources.js';
import { ModelDirectory } from './model-directory.js';

const directory = new ModelDirectory(SAMPLE_APPLICATION_PROFILES);

function refusal(modelId: string, region = 'us-east-1'): string {
  try {
    directory.resolve(modelId, region);
    return 'none';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe(ModelDirectory.name, () => {
  it.each([
    ['a base id', 'amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0'],
    ['a geography profile', 'us.anthropic.claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6'],
    ['a global profile', 'global.anthropic.claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6'],
    [
      'a foundation model ARN',
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
      'amazon.nova-lite-v1:0',
    ],
    [
      'an inference profile ARN',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6',
      'anthropic.claude-sonnet-4-6',
    ],
    [
      'an application profile ARN',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/sandbox00001',
      'anthropic.claude-sonnet-4-6',
    ],
    [
      'a provisioned model',
      'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/sandboxprov1',
      'amazon.nova-pro-v1:0',
    ],
  ])('resolves %s', (_name, modelId, expected) => {
    expect(directory.resolve(modelId, 'us-east-1').id).toBe(expected);
  });

  it.each([
    ['an unknown id', 'anthropic.claude-9', 'ValidationException: The provided model identifier is invalid.'],
    ['an unknown profile', 'us.amazon.nova-2-x', 'ValidationException: The provided model identifier is invalid.'],
    [
      'a profile that the model does not have',
      'jp.amazon.nova-lite-v1:0',
      'ValidationException: The provided model identifier is invalid.',
    ],
    [
      'a bare id that needs a profile',
      'anthropic.claude-sonnet-4-6',
      'ValidationException: Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    ],
    [
      'an ended model',
      'anthropic.claude-3-sonnet-20240229-v1:0',
      'ResourceNotFoundException: This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
    ],
    [
      'a gated model',
      'anthropic.claude-mythos-5',
      "AccessDeniedException: You don't have access to the model with the specified model ID.",
    ],
    [
      'an application profile of nobody',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/nobody',
      'ResourceNotFoundException: Could not resolve the resource arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/nobody.',
    ],
  ])('refuses %s', (_name, modelId, expected) => {
    expect(refusal(modelId)).toBe(expected);
  });

  it('knows only the profiles of the region that is called', () => {
    expect(refusal('us.anthropic.claude-sonnet-4-6', 'eu-west-1')).toMatch('model identifier is invalid');
    expect(refusal('eu.anthropic.claude-sonnet-4-6', 'eu-west-1')).toBe('none');
    expect(refusal('global.anthropic.claude-sonnet-4-6', 'eu-west-1')).toBe('none');
  });
});
