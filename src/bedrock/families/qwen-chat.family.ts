import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { Mapping } from '../converse/mapping.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { reasoningConfigEffort, toEffortReasoning } from '../converse/reasoning/to-effort-reasoning.js';
import { ChatFamily } from './chat-family.js';

/** Alibaba Qwen. Of Qwen3 only the hybrid takes an effort: https://github.com/pydantic/pydantic-ai (Bedrock profiles). */
@Injectable()
export class QwenChatFamily extends ChatFamily {
  readonly name = 'qwen';

  serves(model: ModelEntry): boolean {
    return model.provider === 'qwen';
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return toEffortReasoning(wanted, mapping, reasoningConfigEffort);
  }
}
