import type { ApplyGuardrailRequest, ApplyGuardrailResponse, GuardrailUsage } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import type { WaitingClient } from '../common/http/waiting-client.js';
import { AppConfig } from '../config/app-config.js';
import type { RouteAccount } from '../models/model-route.js';
import { finishedAttempt } from './attempt-result.js';
import { toGatewayError } from './bedrock.errors.js';
import { AttemptEngine } from './engine/attempt-engine.js';
import { metered, type AttemptPlan } from './engine/metered-attempt.js';
import { BedrockRuntime, type Destination } from './runtime/bedrock-runtime.js';
import type { AttemptMeter, AttemptResult } from './upstream-attempt.js';

/** Bedrock bills a text unit for each thousand characters that are begun, to each policy of a guardrail for itself. */
const CHARACTERS_PER_UNIT = 1000;

/** The policies whose units are billed. Word filters and regular expressions are free: Bedrock's price page. */
const BILLED_UNITS = [
  'contentPolicyUnits',
  'topicPolicyUnits',
  'sensitiveInformationPolicyUnits',
  'contextualGroundingPolicyUnits',
  'automatedReasoningPolicyUnits',
] as const satisfies readonly (keyof GuardrailUsage)[];

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

/** Who asks, and on whose account. */
export interface GuardrailCaller {
  meter: AttemptMeter;
  client: WaitingClient;
  account: RouteAccount | null;
}

/** ApplyGuardrail: a guardrail's opinion of a text, without a model. Metered by the text unit. */
@Injectable()
export class GuardrailUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly engine: AttemptEngine,
    private readonly config: AppConfig,
  ) {}

  /** Resolves when the attempt's event is durable. A guardrail exists in one region, so no other stands in for it. */
  async assess(
    text: string,
    guardrail: Guardrail,
    { meter, client, account }: GuardrailCaller,
  ): Promise<GuardrailAssessment> {
    const candidate = { region: this.config.awsRegion, account, model: { invokeId: guardrail.id } };
    const plan = this.toPlan(text, guardrail, candidate);
    try {
      return toAssessment(await this.engine.run([candidate], client, () => metered(meter, client, plan)));
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  private toPlan(text: string, { id, version }: Guardrail, to: Destination): AttemptPlan<ApplyGuardrailResponse> {
    const input: ApplyGuardrailRequest = {
      guardrailIdentifier: id,
      guardrailVersion: version,
      source: 'INPUT',
      content: [{ text: { text } }],
      // Also what was looked for and not found: a score of nothing is a score.
      outputScope: 'FULL',
    };
    return {
      target: {
        operation: 'moderation',
        requestedModel: id,
        resolvedModel: id,
        family: 'guardrail',
        region: to.region,
        streamed: false,
      },
      bound: () => ({
        promptTokensMax: 0,
        outputTokensMax: 0,
        units: { kind: 'text_unit', count: Math.ceil(text.length / CHARACTERS_PER_UNIT) * BILLED_UNITS.length },
      }),
      send: async (attempt, signal) => {
        const startedAt = performance.now();
        const { output, awsRequestId } = await this.runtime.applyGuardrail(to, input, { signal });
        const finished = finishedAttempt(undefined, awsRequestId, performance.now() - startedAt);
        await attempt.settle(output.usage ? { ...finished, units: toUnits(output.usage) } : finished);
        return output;
      },
    };
  }
}

function toUnits(usage: Partial<GuardrailUsage>): NonNullable<AttemptResult['units']> {
  return { kind: 'text_unit', count: BILLED_UNITS.reduce((sum, policy) => sum + (usage[policy] ?? 0), 0) };
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
