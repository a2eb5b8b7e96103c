import type { Type } from '@nestjs/common';
import { AmazonRerankFamily } from './amazon-rerank.family.js';
import { CohereRerankFamily } from './cohere-rerank.family.js';
import type { RerankFamily } from './rerank-family.js';

/** Each serves models of its own; the order means nothing. */
export const RERANK_FAMILIES: readonly Type<RerankFamily>[] = [CohereRerankFamily, AmazonRerankFamily];
