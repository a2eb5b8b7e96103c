import { Injectable } from '@nestjs/common';
import { isOpaque } from '../../models/capability.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { Mapping, NativeFields } from '../converse/mapping.js';
import { noReasoning, type ReasoningPlan, type ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import type { Extensions } from '../converse/to-extensions.js';
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

  protected override nativeFields(
    request: ChatRequest,
    extensions: Extensions,
    isReasoning: boolean,
    mapping: Mapping,
  ): NativeFields {
    if (!isOpaque(mapping.model.baseId)) {
      return super.nativeFields(request, extensions, isReasoning, mapping);
    }
    const { output_config: output, anthropic_beta: betas, ...others } = extensions;
    return {
      ...super.nativeFields(request, others, isReasoning, mapping),
      ...(betas === undefined ? {} : { anthropic_beta: betas }),
      ...(output?.effort ? { output_config: { effort: output.effort } } : {}),
    };
  }
}
