import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { Mapping } from '../converse/mapping.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { flatEffort, nestedEffort, toEffortReasoning } from '../converse/reasoning/to-effort-reasoning.js';
import { ChatFamily } from './chat-family.js';

/** OpenAI GPT and gpt-oss on Converse. */
@Injectable()
export class GptChatFamily extends ChatFamily {
  readonly name = 'openai';

  serves(model: ModelEntry): boolean {
    return model.provider === 'openai';
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    const isFlat = mapping.model.capabilities.reasoning === 'openai-flat';
    return toEffortReasoning(wanted, mapping, isFlat ? flatEffort : nestedEffort);
  }
}
