import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Z.AI GLM: reasons by itself. */
@Injectable()
export class GlmChatFamily extends ChatFamily {
  readonly name = 'glm';

  serves(model: ModelEntry): boolean {
    return model.provider === 'zai';
  }
}
