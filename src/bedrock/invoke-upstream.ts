import { Injectable } from '@nestjs/common';
import { GatewayError } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import type { ModelRoute } from '../models/model-route.js';
import { failedAttempt, finishedAttempt } from './attempt-result.js';
import { toGatewayError } from './bedrock.errors.js';
import { withRetries } from './retry.js';
import { isRetryable } from './retryable.js';
import { BedrockRuntime, type InvokedAnswer } from './runtime/bedrock-runtime.js';
import type { AttemptMeter, AttemptResult, AttemptTarget, TokenUsage } from './upstream-attempt.js';
import { FAILURES } from './upstream-failures.js';

/** Not in the API model, but on every answer that was recorded. */
const INPUT_TOKENS_HEADER = 'x-amzn-bedrock-input-token-count';

/** Titan and Nova tell their tokens in the body. */
const TOKEN_FIELDS = ['inputTextTokenCount', 'inputTokenCount'];

/** One call of a model in its own words. */
export interface InvokeCall {
  operation: AttemptTarget['operation'];
  /** As it stands in the ledger. */
  family: string;
  route: ModelRoute;
  body: object;
  meter: AttemptMeter;
  /** Entries for Bedrock's invocation log. */
  requestMetadata: Readonly<Record<string, string>>;
  /** What is billed beside or instead of tokens. */
  units?: AttemptResult['units'];
  /** The request's field that is at fault when Bedrock refuses the body. */
  param: string;
}

export interface InvokeAnswer {
  body: unknown;
  /** Undefined when Bedrock told them neither in the body nor in a header. */
  inputTokens: number | undefined;
}

/** InvokeModel for models that Converse does not serve: retried, each attempt metered. */
@Injectable()
export class InvokeUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly config: AppConfig,
  ) {}

  /**
   * Resolves when the attempt's event is durable.
   * @throws GatewayError; a 400 names `call.param` unless Bedrock named something else
   */
  async invoke(call: InvokeCall): Promise<InvokeAnswer> {
    const retries = { attemptsMax: this.config.awsMaxAttempts, baseDelayMs: 200, delayMsMax: 5_000 };
    const meter = await call.meter.admit(this.target(call), () => ({
      // A query is billed for itself, whatever its documents hold.
      promptTokensMax:
        call.units?.kind === 'query' || call.units?.kind === 'request'
          ? 0
          : Buffer.byteLength(JSON.stringify(call.body)),
      outputTokensMax: 0,
      units: call.units,
    }));
    const admitted = { ...call, meter };
    try {
      return await withRetries(() => this.attempt(admitted), isRetryable, { ...retries, random: Math.random });
    } catch (error) {
      throw withParam(toGatewayError(error), call.param);
    }
  }

  private async attempt(call: InvokeCall): Promise<InvokeAnswer> {
    const attempt = call.meter.begin(this.target(call));
    const startedAt = performance.now();
    try {
      const raw = await this.send(call);
      const firstByteMs = performance.now() - startedAt;
      const body = readJson(raw.text);
      const inputTokens = tokensOf(body) ?? countIn(raw.headers);
      const result = finishedAttempt(toUsage(inputTokens), raw.awsRequestId, firstByteMs);
      await attempt.settle({ ...result, ...(call.units === undefined ? {} : { units: call.units }) });
      if (body === undefined) {
        throw unreadableAnswer();
      }
      return { body, inputTokens };
    } catch (error) {
      await attempt.settle(failedAttempt(error));
      throw error;
    }
  }

  private target(call: InvokeCall): AttemptTarget {
    const { model, region } = call.route.candidates[0];
    return {
      operation: call.operation,
      requestedModel: model.requestedId,
      resolvedModel: model.invokeId,
      family: call.family,
      region,
      streamed: false,
    };
  }

  private send({ route, body, meter, requestMetadata }: InvokeCall): Promise<InvokedAnswer> {
    const [candidate] = route.candidates;
    const modelId = candidate.model.invokeId;
    const input = { modelId, body: JSON.stringify(body), requestMetadata: JSON.stringify(requestMetadata) };
    return this.runtime.invokeModel(candidate, input, { signal: meter.signal });
  }
}

/** An answer with a status of success whose content is not what the model's reference says. */
export function unreadableAnswer(cause?: unknown): GatewayError {
  const { message, ...fields } = FAILURES.unreadable;
  return new GatewayError(message, { ...fields, cause });
}

function countIn(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers[INPUT_TOKENS_HEADER];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function tokensOf(body: unknown): number | undefined {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const count = TOKEN_FIELDS.map((field) => fields[field]).find((value) => Number.isSafeInteger(value));
  return count as number | undefined;
}

/** Such models put out no tokens, so their zero is a fact and not a guess. */
function toUsage(inputTokens: number | undefined): TokenUsage | undefined {
  return inputTokens === undefined
    ? undefined
    : {
        inputTokens,
        outputTokens: 0,
        cacheReadTokens: null,
        cacheWrite5mTokens: null,
        cacheWrite1hTokens: null,
      };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bedrock's texts are read as those of a chat, whose only long field is `messages`. */
function withParam(error: GatewayError, param: string): GatewayError {
  if (error.status !== 400 || (error.param !== null && error.param !== 'messages')) {
    return error;
  }
  const { message, status, type, code, headers, cause } = error;
  return new GatewayError(message, { status, type, code, headers, cause, param });
}
