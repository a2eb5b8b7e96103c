import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** NVIDIA Nemotron. */
@Injectable()
export class NemotronChatFamily extends ChatFamily {
  readonly name = 'nemotron';

  serves(model: ModelEntry): boolean {
    return model.provider === 'nvidia';
  }
}
