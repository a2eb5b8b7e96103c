import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Amazon Titan Text: no system prompt, no tools. */
@Injectable()
export class TitanTextChatFamily extends ChatFamily {
  readonly name = 'titan';

  serves(model: ModelEntry): boolean {
    return model.baseId.startsWith('amazon.titan-t');
  }
}
