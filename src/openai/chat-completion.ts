/** OpenAI's `finish_reason`; it has no other values, and clients fail on any. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

export interface FunctionToolCall {
  id: string;
  type: 'function';
  /** `arguments` is JSON text, `{}` for a tool without arguments. */
  function: { name: string; arguments: string };
}

/** A call in the words of the time before tools, for a request with `functions`. */
export interface FunctionCall {
  name: string;
  arguments: string;
}

/** Extension: an image that the model made, as OpenRouter spells it; `url` is a data URL. */
export interface ImageOutput {
  type: 'image_url';
  /** Counts the images of one message from 0. */
  index: number;
  image_url: { url: string };
}

/** A web page that the answer cites. Indexes are UTF-16 positions in `content`. */
export interface UrlCitation {
  type: 'url_citation';
  url_citation: { start_index: number; end_index: number; url: string; title: string };
}

/** Extension: a citation of something without a URL, for example a page of a document of the request. */
export interface DocumentCitation {
  type: 'document_citation';
  /** UTF-16 positions in `content` of the text that rests on the source. */
  start_index: number;
  end_index: number;
  title: string | null;
  /** The passage of the source. */
  cited_text: string;
  /** Where it stands in the source, as Bedrock tells it. */
  location: unknown;
}

/**
 * Extension: what a later turn has to send back for the model to go on with its reasoning. Bedrock checks it byte by
 * byte, so it is opaque: the `signature` belongs to the `text`, and `data` is base64.
 */
export type ReasoningDetail =
  { type: 'reasoning.text'; text: string; signature?: string } | { type: 'reasoning.encrypted'; data: string };

/** Extension: what a tool that runs inside Bedrock was asked and said; `content` as Bedrock gives it. */
export interface ServerToolCall {
  id: string;
  name: string;
  input: Record<string, unknown>;
  /** Absent when the answer ended before it. */
  result?: { type?: string; status?: string; content: ({ text: string } | { json: unknown })[] };
}

/** Members that OpenAI's message does not have; absent when there is nothing to say. */
export interface MessageExtensions {
  /** What the model showed of its reasoning. */
  reasoning_content?: string;
  reasoning_details?: ReasoningDetail[];
  citations?: DocumentCitation[];
  images?: ImageOutput[];
  server_tool_calls?: ServerToolCall[];
}

export interface ChatCompletionMessage extends MessageExtensions {
  role: 'assistant';
  /** Null when the model only called tools. */
  content: string | null;
  refusal: string | null;
  annotations?: UrlCitation[];
  tool_calls?: FunctionToolCall[];
  function_call?: FunctionCall;
}

export interface PromptTokensDetails {
  cached_tokens?: number;
  cache_write_tokens?: number;
}

export interface CompletionUsage {
  /** All input tokens, those read from and written to the cache included. */
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Absent when Bedrock reported nothing about its cache. */
  prompt_tokens_details?: PromptTokensDetails;
  /** Absent when the model did not tell its thoughts apart. */
  completion_tokens_details?: { reasoning_tokens: number };
}

export type ServiceTier = 'auto' | 'default' | 'flex' | 'scale' | 'priority';

/** Members that OpenAI's choice does not have; absent when there is nothing to say. */
interface ChoiceExtensions {
  /** What `additionalModelResponseFieldPaths` found in the model's own answer. */
  additionalModelResponseFields?: unknown;
  /** What a guardrail found, where `guardrailConfig.trace` asks for it. */
  trace?: { guardrail: unknown };
  /** Why `finish_reason` does not tell all: `malformed_tool_use`, `image_error`. */
  native_finish_reason?: string;
}

export interface ChatCompletionChoice extends ChoiceExtensions {
  index: number;
  message: ChatCompletionMessage;
  logprobs: null;
  finish_reason: FinishReason;
}

/** Answer of `POST /v1/chat/completions`. https://platform.openai.com/docs/api-reference/chat/object */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Unix time in seconds. */
  created: number;
  model: string;
  choices: ChatCompletionChoice[];
  /** Absent when Bedrock reported no usage. */
  usage?: CompletionUsage;
  service_tier?: ServiceTier;
}

/** Id, type and name come once, with the first delta of a call; `arguments` are to be joined. */
export interface ToolCallDelta {
  /** Counts the calls of one message from 0. */
  index: number;
  id?: string;
  type?: 'function';
  function: { name?: string; arguments: string };
}

export interface ChatCompletionDelta extends MessageExtensions {
  role?: 'assistant';
  content?: string;
  tool_calls?: ToolCallDelta[];
  /** `name` comes once; `arguments` are to be joined. */
  function_call?: Partial<FunctionCall>;
  annotations?: UrlCitation[];
}

export interface ChatCompletionChunkChoice extends ChoiceExtensions {
  index: number;
  delta: ChatCompletionDelta;
  logprobs: null;
  finish_reason: FinishReason | null;
}

/** One event of a streamed answer. https://platform.openai.com/docs/api-reference/chat-streaming */
export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  /** Unix time in seconds, the same in every chunk. */
  created: number;
  model: string;
  /** Empty in the usage chunk only. */
  choices: ChatCompletionChunkChoice[];
  /** Present when the client asked for usage: null in every chunk but the last. */
  usage?: CompletionUsage | null;
  service_tier?: ServiceTier;
}
