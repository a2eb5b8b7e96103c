import { Injectable } from '@nestjs/common';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { WaitingClient } from '../common/http/waiting-client.js';
import type { ModelRoute, RouteCandidate } from '../models/model-route.js';
import { finishedAttempt } from './attempt-result.js';
import { toGatewayError } from './bedrock.errors.js';
import { behindArn } from './behind-arn.js';
import { AttemptEngine } from './engine/attempt-engine.js';
import { metered, type AttemptPlan } from './engine/metered-attempt.js';
import { QuotaGate } from './quota/quota-gate.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';
import type { AttemptMeter, AttemptResult, AttemptTarget, TokenUsage } from './upstream-attempt.js';
import { FAILURES } from './upstream-failures.js';

/** Not in the API model, but on every answer that was recorded. */
const INPUT_TOKENS_HEADER = 'x-amzn-bedrock-input-token-count';

/** Titan and Nova tell their tokens in the body. */
const TOKEN_FIELDS = ['inputTextTokenCount', 'inputTokenCount'];

/** What one model is asked, in its own words. */
export interface InvokePlan {
  /** As it stands in the ledger. */
  family: string;
  body: object;
  /** What is billed beside or instead of tokens. */
  units?: AttemptResult['units'];
}

/** One call, to whichever candidate answers. */
export interface InvokeCall {
  operation: AttemptTarget['operation'];
  candidates: ModelRoute['candidates'];
  meter: AttemptMeter;
  client: WaitingClient;
  /** @throws GatewayError 400 for a model that cannot be asked this */
  plan(candidate: RouteCandidate): InvokePlan;
  /** Entries for Bedrock's invocation log. */
  requestMetadata: Readonly<Record<string, string>>;
  /** The request's field that is at fault when Bedrock refuses the body. */
  param: string;
}

export interface InvokeAnswer {
  body: unknown;
  /** Undefined when Bedrock told them neither in the body nor in a header. */
  inputTokens: number | undefined;
  /** Who answered. */
  candidate: RouteCandidate;
}

/** InvokeModel for models that Converse does not serve: over all candidates, each attempt metered. */
@Injectable()
export class InvokeUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly engine: AttemptEngine,
    private readonly quotas: QuotaGate,
  ) {}

  /**
   * Resolves when the attempt's event is durable.
   * @throws GatewayError; a 400 names `call.param` unless Bedrock named something else
   */
  async invoke(call: InvokeCall): Promise<InvokeAnswer> {
    const { candidates, client, meter } = call;
    try {
      return await this.engine.run(candidates, client, (candidate) =>
        metered(meter, client, this.toAttemptPlan(call, candidate)),
      );
    } catch (error) {
      throw withParam(toGatewayError(error), call.param);
    }
  }

  private toAttemptPlan(call: InvokeCall, candidate: RouteCandidate): AttemptPlan<InvokeAnswer> {
    const { model, region } = candidate;
    const { family, body, units } = call.plan(candidate);
    const json = JSON.stringify(body);
    const input = { modelId: model.invokeId, body: json, requestMetadata: JSON.stringify(call.requestMetadata) };
    const bound = () => ({
      // A query is billed for itself, whatever its documents hold.
      promptTokensMax: units?.kind === 'query' || units?.kind === 'request' ? 0 : Buffer.byteLength(json),
      outputTokensMax: 0,
      units,
    });
    return {
      target: {
        operation: call.operation,
        requestedModel: model.requestedId,
        resolvedModel: model.invokeId,
        behind: behindArn(model),
        family,
        region,
        streamed: false,
      },
      lifecycle: model.lifecycle,
      standIn: candidate.standIn,
      bound,
      quota: (mayWait) => this.quotas.take(candidate, call.meter, call.client, bound, mayWait),
      send: async (attempt, signal) => {
        const startedAt = performance.now();
        const raw = await this.runtime.invokeModel(candidate, input, { signal });
        const firstByteMs = performance.now() - startedAt;
        const answer = readJson(raw.text);
        const inputTokens = tokensOf(answer) ?? countIn(raw.headers);
        const result = finishedAttempt(toUsage(inputTokens), raw.awsRequestId, firstByteMs);
        await attempt.settle({ ...result, ...(units === undefined ? {} : { units }) });
        if (answer === undefined) {
          throw unreadableAnswer();
        }
        return { body: answer, inputTokens, candidate };
      },
    };
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
