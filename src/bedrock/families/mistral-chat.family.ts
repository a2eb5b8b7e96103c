import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import { ChatFamily } from './chat-family.js';

/** Mistral's own ids. */
const TOOL_CALL_ID = /^[a-zA-Z0-9]{9}$/;
/** Those that Bedrock gives the calls of the older models, and takes back from them. */
const BEDROCK_CALL_ID = /^tooluse_[a-zA-Z0-9_-]+$/;

/** Mistral, Mixtral, Pixtral, Magistral, Ministral, Devstral and Voxtral. */
@Injectable()
export class MistralChatFamily extends ChatFamily {
  readonly name = 'mistral';

  serves(model: ModelEntry): boolean {
    return model.provider === 'mistral';
  }

  /** Mistral refuses tool call ids that are not nine letters and digits. */
  protected override toolCallId(id: string, { capabilities }: ModelEntry): string {
    const isOlder = capabilities.toolStreaming === false;
    return TOOL_CALL_ID.test(id) || (isOlder && BEDROCK_CALL_ID.test(id))
      ? id
      : createHash('sha256').update(id).digest('hex').slice(0, 9);
  }
}
