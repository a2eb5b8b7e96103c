import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Writer Palmyra: tools only without streaming. */
@Injectable()
export class PalmyraChatFamily extends ChatFamily {
  readonly name = 'palmyra';

  serves(model: ModelEntry): boolean {
    return model.provider === 'writer';
  }
}
