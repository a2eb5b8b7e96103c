import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** MiniMax: reasons by itself. */
@Injectable()
export class MiniMaxChatFamily extends ChatFamily {
  readonly name = 'minimax';

  serves(model: ModelEntry): boolean {
    return model.provider === 'minimax';
  }
}
