import { Injectable } from '@nestjs/common';
import { ChatFamily } from './chat-family.js';

/** Every other model on Converse, and those that an account names by an ARN that tells nothing. Bedrock decides. */
@Injectable()
export class ConverseChatFamily extends ChatFamily {
  readonly name = 'converse';

  serves(): boolean {
    return true;
  }
}
