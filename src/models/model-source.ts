/** A foundation model as Bedrock lists it in one region. */
export interface ListedModel {
  id: string;
  name: string;
  provider: string;
  inputModalities: readonly string[];
  outputModalities: readonly string[];
  /** False: callable only through an inference profile. */
  onDemand: boolean;
  streaming: boolean;
  lifecycle: 'ACTIVE' | 'LEGACY';
  /** Unix seconds of the start of life; null where Bedrock does not say. */
  createdAt: number | null;
}

/** An inference profile, system-defined or of the account. */
export interface ListedProfile {
  /** What is sent to Bedrock: the profile id, or the ARN of an application profile. */
  id: string;
  arn: string;
  name: string;
  kind: 'system' | 'application';
  /** The foundation model behind it. */
  modelId: string;
  createdAt: number | null;
}

/**
 * Where the catalogue learns what exists. The lists fail apart: an account may be allowed one and not the other.
 */
export abstract class ModelSource {
  abstract listModels(): Promise<ListedModel[]>;
  abstract listProfiles(): Promise<ListedProfile[]>;
}
