import { Module } from '@nestjs/common';
import { ModelSource } from '../models/model-source.js';
import { BedrockClients } from './bedrock-clients.js';
import { BedrockModelSource } from './bedrock-model-source.js';
import { ConverseUpstream } from './converse-upstream.js';
import { CHAT_FAMILIES } from './families/index.js';
import { ChatFamilies } from './families/chat-families.js';

/** The edge to AWS: its clients, the model families, and the way of a chat request through Converse. */
@Module({
  providers: [
    BedrockClients,
    ...CHAT_FAMILIES,
    {
      provide: ChatFamilies,
      useFactory: (...families: ConstructorParameters<typeof ChatFamilies>[0]) => new ChatFamilies(families),
      inject: [...CHAT_FAMILIES],
    },
    ConverseUpstream,
    {
      provide: ModelSource,
      useFactory: (clients: BedrockClients) => new BedrockModelSource(clients.control),
      inject: [BedrockClients],
    },
  ],
  exports: [ConverseUpstream, ModelSource],
})
export class BedrockModule {}
