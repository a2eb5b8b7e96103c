import type {
  ApplyGuardrailRequest,
  ApplyGuardrailResponse,
  ConverseRequest,
  ConverseResponse,
  ConverseStreamOutput,
  ConverseStreamRequest,
  CountTokensRequest,
  CountTokensResponse,
} from '@aws-sdk/client-bedrock-runtime';
import type { RouteCandidate } from '../../models/model-route.js';

/** Where a call goes: a region, and the account that pays; null is the gateway's own. */
export type Destination = Pick<RouteCandidate, 'region' | 'account'>;

export interface CallOptions {
  signal?: AbortSignal;
}

export interface Answered {
  /** The id that AWS support asks for. */
  awsRequestId: string | undefined;
}

export interface WholeAnswer<T> extends Answered {
  output: T;
}

export interface StreamedAnswer extends Answered {
  /**
   * Read to its end or returned, which ends the call; ends early without a word where Bedrock did. Exceptions inside the
   * stream are thrown and have a name and a message, but neither status nor request id.
   */
  events: AsyncIterable<ConverseStreamOutput>;
}

/** InvokeModel with JSON both ways. */
export interface InvokeRequest {
  modelId: string;
  /** JSON text. */
  body: string;
  /** JSON text of the entries for Bedrock's invocation log. */
  requestMetadata: string;
}

export interface InvokedAnswer extends Answered {
  /** The body as it came. */
  text: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
}

/**
 * Bedrock's runtime API, one attempt a call: retries are the caller's, so that each is metered. A failure is an error
 * as the SDK throws it: named as AWS's exception or with the system's `code`, `$metadata.httpStatusCode` and
 * `$metadata.requestId` where there was an answer, and its headers under `$response.headers`.
 */
export abstract class BedrockRuntime {
  abstract converse(
    to: Destination,
    input: ConverseRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ConverseResponse>>;

  /** Resolves with the status line; the events come as they are read. */
  abstract converseStream(
    to: Destination,
    input: ConverseStreamRequest,
    options?: CallOptions,
  ): Promise<StreamedAnswer>;

  abstract invokeModel(to: Destination, input: InvokeRequest, options?: CallOptions): Promise<InvokedAnswer>;

  abstract applyGuardrail(
    to: Destination,
    input: ApplyGuardrailRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ApplyGuardrailResponse>>;

  abstract countTokens(
    to: Destination,
    input: CountTokensRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<CountTokensResponse>>;
}
