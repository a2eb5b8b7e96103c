import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** AI21 Jamba. */
@Injectable()
export class JambaChatFamily extends ChatFamily {
  readonly name = 'jamba';

  serves(model: ModelEntry): boolean {
    return model.provider === 'ai21';
  }
}
