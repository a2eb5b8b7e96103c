import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';
import type { EmbeddingFamily } from './embedding-family.js';

/** The families of embedding models; unlike chat there is no catch-all, because every family has a body of its own. */
export class EmbeddingFamilies {
  constructor(private readonly families: readonly EmbeddingFamily[]) {}

  /** @throws GatewayError 400 for a model that does not embed */
  for(model: ModelEntry): EmbeddingFamily {
    const family = this.families.find((candidate) => candidate.serves(model));
    if (family === undefined) {
      const message = `The model '${model.requestedId}' is not an embedding model that this gateway knows.`;
      throw invalidRequest('model', message, 'model_not_supported');
    }
    return family;
  }
}
