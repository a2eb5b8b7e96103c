import {
  ApplyGuardrailCommand,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type ApplyGuardrailRequest,
  type ApplyGuardrailResponse,
  type ConverseRequest,
  type ConverseResponse,
  type ConverseStreamOutput,
  type ConverseStreamRequest,
  type CountTokensRequest,
  type CountTokensResponse,
} from '@aws-sdk/client-bedrock-runtime';
import type { BedrockConnection } from './bedrock-connection.js';
import {
  BedrockRuntime,
  type CallOptions,
  type Destination,
  type InvokedAnswer,
  type InvokeRequest,
  type StreamedAnswer,
  type WholeAnswer,
} from './bedrock-runtime.js';
import { isExceptionEvent } from './exception-events.js';
import { toStreamException } from './lean/service-error.js';
import { fromSdkNumbers, toSdkNumbers } from './sdk-numbers.js';
import { Deadline, type RuntimeTimeouts } from './timeouts.js';

/** Where the ways to Bedrock come from. */
export interface RuntimeConnections {
  connection(to: Destination): Pick<BedrockConnection, 'client' | 'region' | 'identity' | 'endpoint'>;
}

interface SdkOptions {
  abortSignal: AbortSignal;
}

/** Bedrock's runtime API through the AWS SDK. */
export class SdkBedrockRuntime extends BedrockRuntime {
  constructor(
    protected readonly connections: RuntimeConnections,
    private readonly timeouts: RuntimeTimeouts,
  ) {
    super();
  }

  override async converse(
    to: Destination,
    input: ConverseRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ConverseResponse>> {
    const { client } = this.connections.connection(to);
    const command = new ConverseCommand(toSdkNumbers(input));
    const answer = await this.whole(options, (sdk) => client.send(command, sdk));
    return { ...answer, output: fromSdkNumbers(answer.output) };
  }

  override async converseStream(
    to: Destination,
    input: ConverseStreamRequest,
    options?: CallOptions,
  ): Promise<StreamedAnswer> {
    const { client } = this.connections.connection(to);
    const deadline = new Deadline(options?.signal);
    const command = new ConverseStreamCommand(toSdkNumbers(input));
    const output = await deadline.within(this.timeouts.firstByteMs, 'FirstByteTimeout', (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const events = timed(output.stream ?? noEvents(), deadline, this.timeouts.idleMs);
    return { events, awsRequestId: output.$metadata.requestId };
  }

  override async invokeModel(
    to: Destination,
    { modelId, body, requestMetadata }: InvokeRequest,
    options?: CallOptions,
  ): Promise<InvokedAnswer> {
    const type = 'application/json';
    const command = new InvokeModelCommand({ modelId, body, requestMetadata, contentType: type, accept: type });
    let headers: Readonly<Record<string, string>> = {};
    // The SDK's output does not hold headers, and embedding models tell their tokens in one.
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers = (result.response as { headers?: Record<string, string> }).headers ?? {};
        return result;
      },
      { step: 'deserialize' },
    );
    const { client } = this.connections.connection(to);
    const { output, awsRequestId } = await this.whole(options, (sdk) => client.send(command, sdk));
    return { text: output.body.transformToString(), headers, awsRequestId };
  }

  override applyGuardrail(
    to: Destination,
    input: ApplyGuardrailRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ApplyGuardrailResponse>> {
    const { client } = this.connections.connection(to);
    return this.whole(options, (sdk) => client.send(new ApplyGuardrailCommand(input), sdk));
  }

  override countTokens(
    to: Destination,
    input: CountTokensRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<CountTokensResponse>> {
    const { client } = this.connections.connection(to);
    return this.whole(options, (sdk) => client.send(new CountTokensCommand(input), sdk));
  }

  private async whole<T extends { $metadata: { requestId?: string | undefined } }>(
    options: CallOptions | undefined,
    send: (sdk: SdkOptions) => Promise<T>,
  ): Promise<WholeAnswer<Omit<T, '$metadata'>>> {
    const { $metadata, ...output } = await new Deadline(options?.signal).within(
      this.timeouts.firstByteMs,
      'FirstByteTimeout',
      (abortSignal) => send({ abortSignal }),
    );
    return { output, awsRequestId: $metadata.requestId };
  }
}

/** The SDK throws the exceptions of exception frames, and gives those of event frames like any other event. */
function throwException(event: ConverseStreamOutput): void {
  const found = Object.entries(event).find(([type]) => isExceptionEvent(type));
  if (found !== undefined) {
    const [type, said] = found;
    throw said instanceof Error ? said : toStreamException(type, JSON.stringify(said), undefined);
  }
}

async function* noEvents(): AsyncGenerator<never> {}

async function* timed(
  events: AsyncIterable<ConverseStreamOutput>,
  deadline: Deadline,
  idleMs: number,
): AsyncGenerator<ConverseStreamOutput> {
  const iterator = events[Symbol.asyncIterator]();
  let isWhole = false;
  try {
    for (;;) {
      const result = await deadline.within(idleMs, 'IdleTimeout', () => iterator.next());
      if (result.done) {
        isWhole = true;
        return;
      }
      throwException(result.value);
      yield fromSdkNumbers(result.value);
    }
  } finally {
    // The SDK keeps the connection of a stream that nobody reads on.
    if (!isWhole) deadline.abort();
  }
}
