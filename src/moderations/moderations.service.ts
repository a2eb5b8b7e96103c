import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import { GuardrailUpstream, type Guardrail } from '../bedrock/guardrail-upstream.js';
import { mapBounded } from '../bedrock/map-bounded.js';
import type { MeteredCall } from '../billing/metering/metered-call.js';
import { invalidRequest, permissionDenied } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import { accountOf } from '../models/route-accounts.js';
import type { ModerationRequest } from '../openai/moderation-request.schema.js';
import type { Moderation } from '../openai/moderation.js';
import { mayUseRoute } from '../tenants/access-rules.js';
import { toModerationResult } from './to-moderation-result.js';

const CALLS_AT_ONCE = 4;
const MODEL = 'omni-moderation-latest';

/** Moderation by a guardrail of Bedrock: the tenant's own, or the one that the request names. */
@Injectable()
export class ModerationsService {
  constructor(
    private readonly upstream: GuardrailUpstream,
    private readonly config: AppConfig,
  ) {}

  /**
   * One result per text; a list of parts is one text.
   * @throws GatewayError 400 `guardrail_required` when neither the tenant nor the request names one; 403
   * `region_not_allowed` when the tenant keeps out of the gateway's region
   */
  async create({ principal, meter, client }: MeteredCall, request: ModerationRequest): Promise<Moderation> {
    const guardrail = guardrailOf(principal, request);
    if (!mayUseGuardrails(principal, this.config.awsRegion)) {
      throw permissionDenied('This key may not use the region of the guardrail.', 'region_not_allowed');
    }
    const caller = { meter, client, account: accountOf(principal) };
    const assess = (text: string) => this.upstream.assess(text, guardrail, caller);
    const assessments = await mapBounded(textsOf(request.input), CALLS_AT_ONCE, assess);
    return {
      id: `modr-${randomUUID().replaceAll('-', '')}`,
      model: request.model ?? MODEL,
      results: assessments.map(toModerationResult),
    };
  }
}

/** A guardrail judges where it is: a list of regions decides, and without one, whether the tenant may be served in-region. */
function mayUseGuardrails({ policy }: KeyPrincipal, region: string): boolean {
  const scopes = policy.regions === null ? policy.scopes : null;
  return mayUseRoute({ policy: { ...policy, scopes } }, { region, scope: 'in-region', destinations: [region] });
}

/** A tenant's guardrail is its operator's decision, so no request can choose another. */
function guardrailOf({ policy }: KeyPrincipal, { guardrailConfig }: ModerationRequest): Guardrail {
  if (policy.guardrail !== null) {
    return policy.guardrail;
  }
  if (guardrailConfig == null) {
    const message = "There is no guardrail to moderate with: set the tenant's, or send 'guardrailConfig'.";
    throw invalidRequest('guardrailConfig', message, 'guardrail_required');
  }
  return { id: guardrailConfig.guardrailIdentifier, version: guardrailConfig.guardrailVersion };
}

function textsOf(input: ModerationRequest['input']): string[] {
  if (typeof input === 'string') {
    return [input];
  }
  const texts = input.filter((item) => typeof item === 'string');
  const parts = input.filter((item) => typeof item !== 'string');
  return texts.length > 0 ? texts : [parts.map(({ text }) => text).join('\n')];
}
