import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Meta Llama: tools only without streaming, and no way to force one. */
@Injectable()
export class LlamaChatFamily extends ChatFamily {
  readonly name = 'llama';

  serves(model: ModelEntry): boolean {
    return model.provider === 'meta';
  }
}
