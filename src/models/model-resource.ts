/** An ARN of Bedrock, taken apart. */
export interface BedrockArn {
  /** Empty where the ARN names no region, as of a model that any region may serve. */
  region: string;
  /** What follows the account, for example `imported-model/abc`: unlike the ARN, it tells nobody the account. */
  resource: string;
}

const ARN = /^arn:aws[a-z-]*:(?:bedrock|sagemaker):([a-z0-9-]*):\d*:([\w./:-]+)$/;
const ACCOUNT_RESOURCE =
  /^(?:application-inference-profile|imported-model|custom-model-deployment|provisioned-model|prompt-router|default-prompt-router)\/[\w.:-]+$/;

/** Undefined for what is no ARN of a model. */
export function toBedrockArn(id: string): BedrockArn | undefined {
  const [, region, resource] = ARN.exec(id) ?? [];
  return region === undefined || resource === undefined ? undefined : { region, resource };
}

/** The AWS account that has what an ARN names; undefined for what every account has, and for what is no ARN. */
export function accountIdOf(id: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d+):/.exec(id)?.[1];
}

/** Whether an id is an ARN's resource alone, under which things of the account are listed. */
export function isAccountResource(id: string): boolean {
  return ACCOUNT_RESOURCE.test(id);
}
