import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { Mapping } from '../converse/mapping.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { reasoningConfigEffort, toEffortReasoning } from '../converse/reasoning/to-effort-reasoning.js';
import { ChatFamily } from './chat-family.js';

/** Z.AI GLM. */
@Injectable()
export class GlmChatFamily extends ChatFamily {
  readonly name = 'glm';

  serves(model: ModelEntry): boolean {
    return model.provider === 'zai';
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return toEffortReasoning(wanted, mapping, reasoningConfigEffort);
  }
}
