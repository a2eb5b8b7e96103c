import { Injectable } from '@nestjs/common';
import { isOpaque } from '../../models/capability.js';
import type { Mapping } from '../converse/mapping.js';
import { noReasoning, type ReasoningPlan, type ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import { ChatFamily } from './chat-family.js';

/** Every other model on Converse, and those that an account names by an ARN that tells nothing. Bedrock decides. */
@Injectable()
export class ConverseChatFamily extends ChatFamily {
  readonly name = 'converse';

  serves(): boolean {
    return true;
  }

  /** Behind an ARN that tells nothing may be a Claude, so Claude's own words go through. */
  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    const { thinking } = wanted;
    return thinking !== undefined && isOpaque(mapping.model.baseId)
      ? { fields: { thinking }, isActive: thinking.type !== 'disabled', sampling: 'default' }
      : noReasoning(wanted, mapping);
  }
}
