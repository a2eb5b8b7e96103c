import type { ApplyGuardrailRequest, ApplyGuardrailResponse } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { failedAttempt, finishedAttempt } from './attempt-result.js';
import { toGatewayError } from './bedrock.errors.js';
import { withRetries } from './retry.js';
import { isRetryable } from './retryable.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';
import type { AttemptMeter, AttemptTarget } from './upstream-attempt.js';

/** Bedrock bills a text unit for each thousand characters that are begun. */
const CHARACTERS_PER_UNIT = 1000;

export interface Guardrail {
  id: string;
  version: string;
}

/** One thing that a guardrail looked for. */
export interface GuardrailFinding {
  policy: 'content' | 'topic' | 'word' | 'sensitive_information' | 'prompt_attack';
  /** Of a content filter, for example `HATE`; otherwise the policy's own kind. */
  type: string;
  /** `NONE`, `LOW`, `MEDIUM` or `HIGH`; null where a policy has none. */
  confidence: string | null;
  detected: boolean;
}

export interface GuardrailAssessment {
  intervened: boolean;
  findings: GuardrailFinding[];
}

/** ApplyGuardrail: a guardrail's opinion of a text, without a model. Metered by the text unit. */
@Injectable()
export class GuardrailUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly config: AppConfig,
  ) {}

  /** Resolves when the attempt's event is durable. */
  async assess(text: string, guardrail: Guardrail, meter: AttemptMeter): Promise<GuardrailAssessment> {
    const target: AttemptTarget = {
      operation: 'moderation',
      requestedModel: guardrail.id,
      resolvedModel: guardrail.id,
      family: 'guardrail',
      region: this.config.awsRegion,
      streamed: false,
    };
    const admitted = await meter.admit(target, () => ({
      promptTokensMax: 0,
      outputTokensMax: 0,
      units: { kind: 'text_unit', count: Math.ceil(text.length / CHARACTERS_PER_UNIT) },
    }));
    const policy = { attemptsMax: this.config.awsMaxAttempts, baseDelayMs: 200, delayMsMax: 5_000 };
    const attempt = () => this.attempt(text, guardrail, target, admitted);
    try {
      return toAssessment(await withRetries(attempt, isRetryable, { ...policy, random: Math.random }));
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  private async attempt(
    text: string,
    { id, version }: Guardrail,
    target: AttemptTarget,
    meter: AttemptMeter,
  ): Promise<ApplyGuardrailResponse> {
    const attempt = meter.begin(target);
    const startedAt = performance.now();
    const input: ApplyGuardrailRequest = {
      guardrailIdentifier: id,
      guardrailVersion: version,
      source: 'INPUT',
      content: [{ text: { text } }],
      // Also what was looked for and not found: a score of nothing is a score.
      outputScope: 'FULL',
    };
    try {
      const to = { region: target.region, account: null };
      const { output, awsRequestId } = await this.runtime.applyGuardrail(to, input, { signal: meter.signal });
      const count = output.usage?.contentPolicyUnits ?? Math.ceil(text.length / CHARACTERS_PER_UNIT);
      const finished = finishedAttempt(undefined, awsRequestId, performance.now() - startedAt);
      await attempt.settle({ ...finished, units: { kind: 'text_unit', count } });
      return output;
    } catch (error) {
      await attempt.settle(failedAttempt(error));
      throw error;
    }
  }
}

/** What the guardrail looked for, in one list. */
export function toAssessment({
  action,
  assessments = [],
}: Pick<ApplyGuardrailResponse, 'action' | 'assessments'>): GuardrailAssessment {
  const findings = assessments.flatMap((assessment): GuardrailFinding[] => {
    const { contentPolicy, topicPolicy, wordPolicy, sensitiveInformationPolicy } = assessment;
    const filters = (contentPolicy?.filters ?? []).map((filter): GuardrailFinding => ({
      policy: filter.type === 'PROMPT_ATTACK' ? 'prompt_attack' : 'content',
      type: filter.type ?? 'UNKNOWN',
      confidence: filter.confidence ?? null,
      detected: isDetected(filter),
    }));
    const words = [...(wordPolicy?.customWords ?? []), ...(wordPolicy?.managedWordLists ?? [])];
    const details = [
      ...(sensitiveInformationPolicy?.piiEntities ?? []),
      ...(sensitiveInformationPolicy?.regexes ?? []),
    ];
    return [
      ...filters,
      ...toFindings('topic', topicPolicy?.topics ?? []),
      ...toFindings('word', words),
      ...toFindings('sensitive_information', details),
    ];
  });
  return { intervened: action === 'GUARDRAIL_INTERVENED', findings };
}

interface Detection {
  action?: string | undefined;
  detected?: boolean | undefined;
}

/** A policy that only watches detects without acting; older answers tell only what was acted on. */
function isDetected({ action, detected }: Detection): boolean {
  return detected ?? (action !== undefined && action !== 'NONE');
}

function toFindings(policy: GuardrailFinding['policy'], detections: readonly Detection[]): GuardrailFinding[] {
  return detections.map((detection) => ({
    policy,
    type: policy.toUpperCase(),
    confidence: null,
    detected: isDetected(detection),
  }));
}
