import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Alibaba Qwen: reasons as each model does by itself. */
@Injectable()
export class QwenChatFamily extends ChatFamily {
  readonly name = 'qwen';

  serves(model: ModelEntry): boolean {
    return model.provider === 'qwen';
  }
}
