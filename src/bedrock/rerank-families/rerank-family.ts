import type { ModelEntry } from '../../models/model-entry.js';

export interface RerankInput {
  query: string;
  documents: readonly string[];
  /** Results wanted, the best ones. */
  resultsMax?: number;
  /** Where each document is cut; undefined is the model's own limit. */
  documentTokensMax?: number;
}

/** Models that rank documents by a query and take the same body on InvokeModel. */
export abstract class RerankFamily {
  /** As it stands in the ledger. */
  abstract readonly name: string;

  abstract serves(model: ModelEntry): boolean;

  /** @throws GatewayError 400 that names what this model cannot do */
  abstract toBody(input: RerankInput): object;
}
