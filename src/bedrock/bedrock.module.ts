import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ModelSource } from '../models/model-source.js';
import { BedrockClients } from './bedrock-clients.js';
import { BedrockModelSource } from './bedrock-model-source.js';
import { BedrockReach } from './bedrock-reach.js';
import { ConverseUpstream } from './converse-upstream.js';
import { EmbeddingFamilies } from './embedding-families/embedding-families.js';
import { EMBEDDING_FAMILIES } from './embedding-families/index.js';
import { AttemptEngine } from './engine/attempt-engine.js';
import { createEngine } from './engine/create-engine.js';
import { QuotaSteward } from './engine/quota-steward.js';
import { EmbeddingUpstream } from './embedding-upstream.js';
import { CHAT_FAMILIES } from './families/index.js';
import { ChatFamilies } from './families/chat-families.js';
import { GuardrailUpstream } from './guardrail-upstream.js';
import { InvokeUpstream } from './invoke-upstream.js';
import { QuotaBook } from '../quotas/quota-book.js';
import { QuotaShares } from '../quotas/quota-shares.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { QuotaGate } from './quota/quota-gate.js';
import { RERANK_FAMILIES } from './rerank-families/index.js';
import type { RerankFamily } from './rerank-families/rerank-family.js';
import { RuntimeAddresses } from './runtime-addresses.js';
import { RerankUpstream } from './rerank-upstream.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';
import { createRuntime } from './runtime/create-runtime.js';
import { TokenCountUpstream } from './token-count-upstream.js';

/** The edge to AWS: its clients, the model families, and the way of a chat request through Converse. */
@Module({
  imports: [MetricsModule, QuotasModule],
  providers: [
    BedrockClients,
    BedrockReach,
    RuntimeAddresses,
    {
      provide: BedrockRuntime,
      useFactory: createRuntime,
      inject: [BedrockClients, AppConfig],
    },
    ...CHAT_FAMILIES,
    {
      provide: ChatFamilies,
      useFactory: (...families: ConstructorParameters<typeof ChatFamilies>[0]) => new ChatFamilies(families),
      inject: [...CHAT_FAMILIES],
    },
    {
      provide: AttemptEngine,
      useFactory: createEngine,
      inject: [AppConfig, Metrics, BedrockClients],
    },
    {
      provide: QuotaSteward,
      useFactory: (config: AppConfig) => new QuotaSteward(config.quotaSteward === 'right-size'),
      inject: [AppConfig],
    },
    {
      provide: QuotaGate,
      useFactory: (book: QuotaBook, shares: QuotaShares, config: AppConfig) => {
        const gate = new QuotaGate(book, { waitMs: config.quotaWaitMs, processes: config.workers });
        shares.join(gate);
        return gate;
      },
      inject: [QuotaBook, QuotaShares, AppConfig],
    },
    ConverseUpstream,
    TokenCountUpstream,
    GuardrailUpstream,
    ...EMBEDDING_FAMILIES,
    {
      provide: EmbeddingFamilies,
      useFactory: (...families: ConstructorParameters<typeof EmbeddingFamilies>[0]) => new EmbeddingFamilies(families),
      inject: [...EMBEDDING_FAMILIES],
    },
    InvokeUpstream,
    EmbeddingUpstream,
    ...RERANK_FAMILIES,
    {
      provide: RerankUpstream,
      useFactory: (upstream: InvokeUpstream, ...families: RerankFamily[]) => new RerankUpstream(families, upstream),
      inject: [InvokeUpstream, ...RERANK_FAMILIES],
    },
    {
      provide: ModelSource,
      useFactory: (clients: BedrockClients) => new BedrockModelSource((region) => clients.control(region)),
      inject: [BedrockClients],
    },
  ],
  exports: [
    BedrockReach,
    ConverseUpstream,
    EmbeddingUpstream,
    RerankUpstream,
    TokenCountUpstream,
    GuardrailUpstream,
    ModelSource,
    RuntimeAddresses,
  ],
})
export class BedrockModule {}
