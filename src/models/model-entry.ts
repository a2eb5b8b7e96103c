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

/** Which reasoning of earlier turns a model takes back; anything else is left out of the history. */
export type ReasoningReplay =
  /** Nothing: the model refuses it, or repeats it in its answer. */
  | 'none'
  /** Text with the signature that Bedrock gave it, and redacted blocks. */
  | 'signed'
  /** Encrypted blocks only. */
  | 'encrypted'
  /** Plain text; a signature is refused. */
  | 'unsigned';

/** Where a model takes `top_k` in `additionalModelRequestFields`. */
export type TopKField = 'top_k' | 'k' | 'inferenceConfig.topK';

export type MediaKind = 'image' | 'document' | 'video';

/** What a model can do on Converse. `null` means that nobody has established it; treated as "let Bedrock decide". */
export interface ModelCapabilities {
  /** False: reachable only through other Bedrock endpoints. */
  converse: boolean;
  tools: boolean | null;
  /** False: `stream` with tools is served by Converse and replayed. */
  toolStreaming: boolean | null;
  toolChoice: readonly ('auto' | 'any' | 'tool')[] | null;
  /** Understands `disable_parallel_tool_use`. */
  parallelToolFlag: boolean;
  /** False: the model refuses results, which then go to it as text. */
  toolResults: boolean;
  /** Files that the model takes inside a tool result. */
  toolResultMedia: readonly MediaKind[];
  /** Takes the status of a tool result. */
  toolResultStatus: boolean;
  /** False: an assistant message is either words or calls. */
  textBesideToolCalls: boolean;
  /** What the model takes beside tool results in their message; null: anything. */
  besideToolResults: readonly ('text' | MediaKind)[] | null;
  systemPrompt: boolean | null;
  images: boolean | null;
  documents: boolean | null;
  audio: boolean | null;
  video: boolean | null;
  samplingParameters: boolean | null;
  /** False: Bedrock refuses `stopSequences`, also those that the model itself would know. */
  stopSequences: boolean;
  /** False: temperature and top_p together are refused, temperature wins. */
  temperatureWithTopP: boolean;
  /** Null: the model takes no `top_k`. */
  topK: TopKField | null;
  reasoning: ReasoningStyle;
  /** Effort levels that the model takes, in rising order; empty where effort is no parameter. */
  reasoningEfforts: readonly string[];
  /** Takes `thinking.budget_tokens`. */
  reasoningBudget: boolean;
  reasoningCanDisable: boolean | null;
  reasoningReplay: ReasoningReplay;
  /** False: a tool cannot be forced while the model reasons. */
  forcedToolWithReasoning: boolean;
  /** `minTokens` is the shortest prefix that is cached; Bedrock ignores points before it. */
  promptCaching: { ttls: readonly ('5m' | '1h')[]; maxPoints: number | null; minTokens: number | null } | null;
  /** Takes cache points among the tools, too. */
  toolCaching: boolean;
  strictTools: boolean | null;
  nativeJsonSchema: boolean | null;
  assistantPrefill: boolean | null;
  contextWindowTokens: number | null;
  /** The least output limit that the model takes. */
  minOutputTokens: number;
  maxOutputTokens: number | null;
}

/** What a model is for; null where neither its id nor Bedrock's lists tell. */
export type ModelKind = 'chat' | 'embedding' | 'rerank' | 'image' | 'video' | 'speech';

/** Where a model stands in its life. Times are Unix seconds; null where nobody has told them. */
export interface ModelLifecycle {
  status: 'active' | 'legacy' | 'ended';
  legacyAt: number | null;
  endOfLifeAt: number | null;
}

/** A model that Bedrock can be asked for. */
export interface ResolvedModel {
  /** What is sent to Bedrock: base id, inference profile id or ARN. */
  invokeId: string;
  /** The foundation model behind it, without geography prefix, for example `anthropic.claude-sonnet-4-6`. */
  baseId: string;
  /** Other foundation models that may answer instead of it: those of a prompt router. */
  otherBaseIds: readonly string[];
  /** First segment of the base id, for example `anthropic`. */
  provider: string;
  kind: ModelKind | null;
  /** What serves it: `in-region`, `global`, or a geography such as `eu`; null where that is not known. */
  scope: string | null;
  /** Regions that a request may be served in, an empty one standing for any; null where they are not known. */
  destinations: readonly string[] | null;
  lifecycle: ModelLifecycle;
  capabilities: ModelCapabilities;
}

/** A model id of a client, resolved once at the start of a request. */
export interface ModelEntry extends ResolvedModel {
  /** The model as the client named it, an alias included. */
  requestedId: string;
}
