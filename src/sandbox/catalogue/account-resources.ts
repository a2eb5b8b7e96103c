/** The account that every ARN of the sandbox belongs to; AWS's own example number. */
export const ACCOUNT_ID = '123456789012';

/** An application inference profile: a team's own name for a model, which carries cost tags. */
export interface ApplicationProfile {
  /** 12 characters, opaque as Bedrock's are. */
  id: string;
  name: string;
  /** Base id or system inference profile id that it copies. */
  copyFrom: string;
}

export const SAMPLE_APPLICATION_PROFILES: readonly ApplicationProfile[] = [
  { id: 'sandbox00001', name: 'sandbox team profile', copyFrom: 'us.anthropic.claude-sonnet-4-6' },
  { id: 'sandbox00002', name: 'sandbox nova profile', copyFrom: 'amazon.nova-lite-v1:0' },
];

/** Other things of this account that Bedrock accepts as a model: the end of the ARN and the model behind it. */
export const ACCOUNT_MODELS: Readonly<Record<string, string>> = {
  'provisioned-model/sandboxprov1': 'amazon.nova-pro-v1:0',
  'custom-model-deployment/sandboxdepl1': 'amazon.nova-lite-v1:0',
  'imported-model/sandboximpo1': 'meta.llama3-3-70b-instruct-v1:0',
  'default-prompt-router/amazon.nova:1': 'amazon.nova-pro-v1:0',
};
