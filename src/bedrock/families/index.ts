import type { Type } from '@nestjs/common';
import { AnthropicChatFamily } from './anthropic-chat.family.js';
import type { ChatFamily } from './chat-family.js';
import { CohereChatFamily } from './cohere-chat.family.js';
import { ConverseChatFamily } from './converse-chat.family.js';
import { DeepSeekChatFamily } from './deepseek-chat.family.js';
import { GemmaChatFamily } from './gemma-chat.family.js';
import { GlmChatFamily } from './glm-chat.family.js';
import { GptChatFamily } from './gpt-chat.family.js';
import { GrokChatFamily } from './grok-chat.family.js';
import { JambaChatFamily } from './jamba-chat.family.js';
import { KimiChatFamily } from './kimi-chat.family.js';
import { LlamaChatFamily } from './llama-chat.family.js';
import { MiniMaxChatFamily } from './minimax-chat.family.js';
import { MistralChatFamily } from './mistral-chat.family.js';
import { NemotronChatFamily } from './nemotron-chat.family.js';
import { NovaChatFamily } from './nova-chat.family.js';
import { PalmyraChatFamily } from './palmyra-chat.family.js';
import { QwenChatFamily } from './qwen-chat.family.js';
import { TitanTextChatFamily } from './titan-chat.family.js';

/** The first family that serves a model has it; the catch-all stands last. */
export const CHAT_FAMILIES: readonly Type<ChatFamily>[] = [
  AnthropicChatFamily,
  NovaChatFamily,
  TitanTextChatFamily,
  LlamaChatFamily,
  MistralChatFamily,
  CohereChatFamily,
  JambaChatFamily,
  DeepSeekChatFamily,
  GptChatFamily,
  QwenChatFamily,
  KimiChatFamily,
  MiniMaxChatFamily,
  GlmChatFamily,
  GemmaChatFamily,
  NemotronChatFamily,
  GrokChatFamily,
  PalmyraChatFamily,
  ConverseChatFamily,
];
