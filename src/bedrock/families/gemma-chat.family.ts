import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Google Gemma. */
@Injectable()
export class GemmaChatFamily extends ChatFamily {
  readonly name = 'gemma';

  serves(model: ModelEntry): boolean {
    return model.provider === 'google';
  }
}
