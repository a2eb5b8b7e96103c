import type { ConverseRequest, ConverseResponse, ConverseStreamRequest } from '@aws-sdk/client-bedrock-runtime';
import type { OnApplicationShutdown } from '@nestjs/common';
import type {
  CallOptions,
  Destination,
  InvokedAnswer,
  InvokeRequest,
  StreamedAnswer,
  WholeAnswer,
} from '../bedrock-runtime.js';
import { SdkBedrockRuntime, type RuntimeConnections } from '../sdk-bedrock-runtime.js';
import type { RuntimeTimeouts } from '../timeouts.js';
import { betweenTurns } from '../../../common/http/between-turns.js';
import { atTurnEnd } from '../../../common/turn-end.js';
import { parseExactly } from '../../exact-json.js';
import { toConverseResponse } from './from-wire.js';
import type { AnswerHead, AnswerReader, HttpSender } from './http-sender.js';
import { requestIdOf, unreadableBody } from './service-error.js';
import { escapeSegment, Signer } from './signer.js';
import { StreamReader } from './stream-reader.js';
import { WholeReader } from './whole-reader.js';
import { toWireJson } from './wire-json.js';

type Connection = ReturnType<RuntimeConnections['connection']>;

const JSON_HEADERS = { 'content-type': 'application/json' };
/** Is not signed, nor is it by the SDK: a proxy may write its own. */
const AGENT_HEADERS = { 'user-agent': 'bedrock-gateway' };
const STREAM_TYPE = 'application/vnd.amazon.eventstream';

/** Skew from which AWS refuses signatures. */
const SKEW_MS_MAX = 4 * 60_000;

/**
 * Converse, ConverseStream and InvokeModel without the SDK's middleware, which costs several times what the rest of the
 * gateway does. Endpoints and credentials are the SDK's, as are the other operations, which are rare.
 */
export class LeanBedrockRuntime extends SdkBedrockRuntime implements OnApplicationShutdown {
  private readonly signer = new Signer();
  /** What AWS's clock is ahead of ours. */
  private clockOffsetMs = 0;

  constructor(
    connections: RuntimeConnections,
    timeouts: RuntimeTimeouts,
    private readonly sender: HttpSender,
  ) {
    super(connections, timeouts);
  }

  /** After the streams that are read on without a client have ended, which is a phase before this one. */
  async onApplicationShutdown(): Promise<void> {
    await this.sender.destroy();
  }

  override async converse(
    to: Destination,
    { modelId, ...input }: ConverseRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ConverseResponse>> {
    const { head, text } = await this.read(to, `${modelPath(modelId)}/converse`, toWireJson(input), {}, options);
    return { output: toConverseResponse(bodyOf(head, text)), awsRequestId: requestIdOf(head) };
  }

  override async converseStream(
    to: Destination,
    { modelId, ...input }: ConverseStreamRequest,
    options?: CallOptions,
  ): Promise<StreamedAnswer> {
    const connection = this.connections.connection(to);
    const path = `${modelPath(modelId)}/converse-stream`;
    const headers = { accept: STREAM_TYPE };
    return this.posted(connection, path, toWireJson(input), headers, options, (resolve, reject) => {
      return new StreamReader((head, events) => resolve({ events, awsRequestId: requestIdOf(head) }), reject);
    });
  }

  override async invokeModel(
    to: Destination,
    { modelId, body, requestMetadata }: InvokeRequest,
    options?: CallOptions,
  ): Promise<InvokedAnswer> {
    const headers = { accept: 'application/json', 'x-amzn-bedrock-request-metadata': requestMetadata };
    const { head, text } = await this.read(to, `${modelPath(modelId)}/invoke`, body, headers, options);
    return { text, headers: head.headers, awsRequestId: requestIdOf(head) };
  }

  private read(
    to: Destination,
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    options: CallOptions | undefined,
  ): Promise<{ head: AnswerHead; text: string }> {
    const connection = this.connections.connection(to);
    return this.posted(connection, path, body, headers, options, (resolve, reject) => {
      return new WholeReader((head, text) => atTurnEnd(() => resolve({ head, text })), reject);
    });
  }

  private async posted<T>(
    connection: Connection,
    path: string,
    text: string,
    headers: Readonly<Record<string, string>>,
    { signal }: CallOptions = {},
    reader: (resolve: (value: T) => void, reject: (error: unknown) => void) => AnswerReader,
  ): Promise<T> {
    const endpoint = await connection.endpoint();
    await betweenTurns(text.length);
    const body = Buffer.from(text);
    const post = {
      host: endpoint.host,
      path: endpoint.basePath + path,
      headers: { ...JSON_HEADERS, ...headers },
      body,
    };
    const signed = Object.assign(await this.authorized(post, connection), AGENT_HEADERS);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.sender.post(
          { origin: endpoint.origin, path: post.path, headers: signed, body, signal },
          reader(resolve, reject),
        );
      });
    } catch (error) {
      this.readClock(error);
      throw error;
    }
  }

  private async authorized(
    post: { host: string; path: string; headers: Record<string, string>; body: Buffer },
    { identity, region }: Connection,
  ): Promise<Record<string, string>> {
    if (identity.kind === 'bearer') {
      return { ...post.headers, host: post.host, authorization: `Bearer ${identity.token}` };
    }
    const credentials = identity.credentials.get();
    const ready = credentials instanceof Promise ? await credentials : credentials;
    return this.signer.sign(post, ready, region, Date.now() + this.clockOffsetMs);
  }

  /** A refused signature may be the clock's fault; the answer tells AWS's. */
  private readClock(error: unknown): void {
    const { $response } = error as { $response?: AnswerHead & { statusCode: number } };
    const theirs = $response?.statusCode === 403 ? Date.parse($response.headers['date'] ?? '') : Number.NaN;
    const offset = theirs - Date.now();
    if (Math.abs(offset - this.clockOffsetMs) > SKEW_MS_MAX) this.clockOffsetMs = offset;
  }
}

function modelPath(modelId: string | undefined): string {
  return `/model/${escapeSegment(modelId ?? '')}`;
}

/** Some front ends end a broken answer with a status of success and no body; the SDK reads that as an empty one. */
function bodyOf(head: AnswerHead, text: string): unknown {
  if (text === '') return {};
  try {
    return parseExactly(text);
  } catch {
    throw unreadableBody(head);
  }
}
