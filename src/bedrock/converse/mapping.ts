import type { ConverseStreamCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { ModelEntry } from '../../models/model-entry.js';
import type { AnswerWays } from './answer-context.js';
import type { ClientTool, SystemToolName } from './system-tools.js';
import type { ToolFields } from './to-tools-request.js';

/** A file that the gateway has fetched for a request. */
export interface FetchedMedia {
  bytes: Uint8Array;
  /** What the server called it, for example `text/csv`; the bytes themselves go first. */
  mediaType?: string;
}

/** What surrounds a request on its way to Bedrock. */
export interface PrepareContext {
  /** Files by the URL that the request names, as `mediaUrls` lists them. */
  media: ReadonlyMap<string, FetchedMedia>;
  /** The gateway's own entries, which a client cannot override. */
  requestMetadata: Readonly<Record<string, string>>;
  /** Output limit of requests that name none; absent: Bedrock's own. */
  defaultMaxTokens?: number;
  /** That limit is of the tenant's policy, and no smaller one may stand for it. */
  isDefaultOfTenant?: boolean;
  /** Caches system prompt and conversation unless the request says otherwise. */
  promptCaching?: boolean;
  /** Files in S3 that may be named: below an entry of every list, `*` for all. Absent: none. */
  s3Locations?: readonly (readonly string[])[];
  /** The output limit of a tenant, which no adaptation may lift. */
  isOutputLimited?: boolean;
  /** Told of the fields that the model did not take as they were sent. */
  onAdapted?(fields: readonly string[]): void;
}

/** What the mapping functions of one request share. */
export interface Mapping {
  readonly model: ModelEntry;
  readonly context: PrepareContext;
  readonly toolFields: ToolFields;
  /** Tools inside Bedrock that the family has. */
  readonly systemTools: readonly SystemToolName[];
  /** Whether the family gives a tool to the model in its own words, beside Converse's list. */
  isNativeTool(tool: ClientTool): boolean;
  /** Tells that a field of the client was changed or left out because the model does not take it as it is. */
  readonly adapt: (field: string) => void;
}

/** A free JSON member of the AWS request. */
export type NativeFields = Record<string, unknown>;

/** A request in Converse's words, with what the way back needs to know. */
export interface PreparedConverse {
  /** Serves Converse and ConverseStream alike. */
  input: ConverseStreamCommandInput;
  /** The model refuses tools while streaming: call Converse and replay its answer as a stream. */
  replay: boolean;
  answer: AnswerWays;
  /** Fields that the model did not take as they were sent. */
  adapted: readonly string[];
}
