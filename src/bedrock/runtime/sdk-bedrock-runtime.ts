import {
  ApplyGuardrailCommand,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type ApplyGuardrailRequest,
  type ApplyGuardrailResponse,
  type BedrockRuntimeClient,
  type ConverseRequest,
  type ConverseResponse,
  type ConverseStreamRequest,
  type CountTokensRequest,
  type CountTokensResponse,
} from '@aws-sdk/client-bedrock-runtime';
import {
  BedrockRuntime,
  type CallOptions,
  type Destination,
  type InvokedAnswer,
  type InvokeRequest,
  type StreamedAnswer,
  type WholeAnswer,
} from './bedrock-runtime.js';

/** Where the SDK's clients come from. */
export interface RuntimeClients {
  runtime(to: Destination): Pick<BedrockRuntimeClient, 'send'>;
}

/** Bedrock's runtime API through the AWS SDK. */
export class SdkBedrockRuntime extends BedrockRuntime {
  constructor(private readonly clients: RuntimeClients) {
    super();
  }

  override async converse(
    to: Destination,
    input: ConverseRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ConverseResponse>> {
    return toWhole(await this.clients.runtime(to).send(new ConverseCommand(input), toSdkOptions(options)));
  }

  override async converseStream(
    to: Destination,
    input: ConverseStreamRequest,
    options?: CallOptions,
  ): Promise<StreamedAnswer> {
    const output = await this.clients.runtime(to).send(new ConverseStreamCommand(input), toSdkOptions(options));
    return { events: output.stream ?? noEvents(), awsRequestId: output.$metadata.requestId };
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
    const output = await this.clients.runtime(to).send(command, toSdkOptions(options));
    return { text: output.body.transformToString(), headers, awsRequestId: output.$metadata.requestId };
  }

  override async applyGuardrail(
    to: Destination,
    input: ApplyGuardrailRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<ApplyGuardrailResponse>> {
    return toWhole(await this.clients.runtime(to).send(new ApplyGuardrailCommand(input), toSdkOptions(options)));
  }

  override async countTokens(
    to: Destination,
    input: CountTokensRequest,
    options?: CallOptions,
  ): Promise<WholeAnswer<CountTokensResponse>> {
    return toWhole(await this.clients.runtime(to).send(new CountTokensCommand(input), toSdkOptions(options)));
  }
}

function toSdkOptions({ signal }: CallOptions = {}): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function toWhole<T extends { $metadata: { requestId?: string | undefined } }>(
  answer: T,
): WholeAnswer<Omit<T, '$metadata'>> {
  const { $metadata, ...output } = answer;
  return { output, awsRequestId: $metadata.requestId };
}

async function* noEvents(): AsyncGenerator<never> {}
