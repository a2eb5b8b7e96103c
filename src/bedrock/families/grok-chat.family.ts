import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { Mapping } from '../converse/mapping.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { flatEffort, toEffortReasoning } from '../converse/reasoning/to-effort-reasoning.js';
import { ChatFamily } from './chat-family.js';

/** xAI Grok. */
@Injectable()
export class GrokChatFamily extends ChatFamily {
  readonly name = 'grok';

  serves(model: ModelEntry): boolean {
    return model.provider === 'xai';
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return toEffortReasoning(wanted, mapping, flatEffort);
  }
}
