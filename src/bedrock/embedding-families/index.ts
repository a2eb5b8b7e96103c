import type { Type } from '@nestjs/common';
import { CohereV3EmbeddingFamily, CohereV4EmbeddingFamily } from './cohere-embedding.family.js';
import type { EmbeddingFamily } from './embedding-family.js';
import { MarengoV2EmbeddingFamily, MarengoV3EmbeddingFamily } from './marengo-embedding.family.js';
import { NovaEmbeddingFamily } from './nova-embedding.family.js';
import {
  TitanMultimodalEmbeddingFamily,
  TitanTextV1EmbeddingFamily,
  TitanTextV2EmbeddingFamily,
} from './titan-embedding.family.js';

/** Each serves models of its own; the order means nothing. */
export const EMBEDDING_FAMILIES: readonly Type<EmbeddingFamily>[] = [
  TitanTextV1EmbeddingFamily,
  TitanTextV2EmbeddingFamily,
  TitanMultimodalEmbeddingFamily,
  CohereV3EmbeddingFamily,
  CohereV4EmbeddingFamily,
  NovaEmbeddingFamily,
  MarengoV2EmbeddingFamily,
  MarengoV3EmbeddingFamily,
];
