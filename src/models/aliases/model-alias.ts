/** One of the models that an alias leads to. */
export interface AliasTarget {
  /** Model id, inference profile id or ARN; never another alias. */
  model: string;
  /** Its part of the requests, beside the weights of the others. */
  weight: number;
}

/** An operators' name for models. */
export interface ModelAlias {
  /** Empty: everyone's. A tenant's own alias goes before it. */
  tenantId: string;
  id: string;
  name: string;
  /** One is chosen for each request, at random by their weights. */
  targets: AliasTarget[];
  /** Tried in this order when the chosen target fails. */
  fallbacks: string[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Chooses one target by the weights. `roll` is at least 0 and below 1. */
export function chooseTarget<T extends { weight: number }>(targets: readonly T[], roll: number): T | undefined {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  let left = roll * total;
  return targets.find(({ weight }) => (left -= weight) < 0);
}
