import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Cohere Command: `top_k` is called `k`. */
@Injectable()
export class CohereChatFamily extends ChatFamily {
  readonly name = 'cohere';

  serves(model: ModelEntry): boolean {
    return model.provider === 'cohere';
  }
}
