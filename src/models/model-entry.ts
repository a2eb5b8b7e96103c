/** How a model takes and returns reasoning. Source of the styles: the capability table. */
export type ReasoningStyle =
  | 'none'
  | 'anthropic-budget'
  | 'anthropic-adaptive'
  | 'nova2'
  | 'openai-flat'
  | 'openai-nested'
  | 'moonshot'
  | 'deepseek'
  | 'model-default'
  | 'always-on';

/** What a model can do on Converse. `null` means that nobody has established it; treated as "let Bedrock decide". */
export interface ModelCapabilities {
  tools: boolean | null;
  /** False: `stream` with tools is served by Converse and replayed. */
  toolStreaming: boolean | null;
  toolChoice: readonly ('auto' | 'any' | 'tool')[] | null;
  systemPrompt: boolean | null;
  images: boolean | null;
  documents: boolean | null;
  audio: boolean | null;
  video: boolean | null;
  samplingParameters: boolean | null;
  /** False: temperature and top_p together are refused, temperature wins. */
  temperatureWithTopP: boolean;
  reasoning: ReasoningStyle;
  /** Effort levels that the model takes, in rising order; empty where effort is no parameter. */
  reasoningEfforts: readonly string[];
  reasoningCanDisable: boolean | null;
  promptCaching: { ttls: readonly ('5m' | '1h')[]; maxPoints: number | null } | null;
  strictTools: boolean | null;
  nativeJsonSchema: boolean | null;
  assistantPrefill: boolean | null;
  contextWindowTokens: number | null;
  maxOutputTokens: number | null;
}

/** A model id of a client, resolved once at the start of a request. */
export interface ModelEntry {
  /** The model as the client named it; echoed in the answer unless an alias replaced it. */
  requestedId: string;
  /** What is sent to Bedrock: base id, inference profile id or ARN. */
  invokeId: string;
  /** The foundation model behind it, without geography prefix, for example `anthropic.claude-sonnet-4-6`. */
  baseId: string;
  /** First segment of the base id, for example `anthropic`. */
  provider: string;
  capabilities: ModelCapabilities;
}
