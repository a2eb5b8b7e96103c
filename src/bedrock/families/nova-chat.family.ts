import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { Mapping } from '../converse/mapping.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { toNovaReasoning } from '../converse/reasoning/to-effort-reasoning.js';
import { ChatFamily } from './chat-family.js';

/** Amazon Nova and Nova 2. */
@Injectable()
export class NovaChatFamily extends ChatFamily {
  readonly name = 'nova';

  /** Which Nova has which changes from month to month; Bedrock refuses the others by name. */
  protected override readonly systemTools = ['nova_grounding', 'nova_code_interpreter'] as const;

  serves(model: ModelEntry): boolean {
    return model.baseId.startsWith('amazon.nova');
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return toNovaReasoning(wanted, mapping);
  }
}
