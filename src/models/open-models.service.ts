import { Injectable } from '@nestjs/common';
import type { EndpointName } from '../auth/endpoints.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { behindArn } from '../bedrock/behind-arn.js';
import { PriceBook } from '../billing/pricing/price-book.js';
import { toPriceSubject } from '../billing/pricing/to-price-subject.js';
import { mayUseEndpoint, mayUseModel, mayUseRoute } from '../tenants/access-rules.js';
import { matchesPattern } from '../tenants/model-pattern.js';
import { AliasBook } from './aliases/alias-book.js';
import type { ModelAlias } from './aliases/model-alias.js';
import { ModelCatalogue, modelNotFound, type ListedId, type LocatedModel } from './model-catalogue.js';
import type { ModelKind } from './model-entry.js';
import { ModelRouter } from './model-router.js';
import { toModel, type Model } from './to-model.js';

/** The endpoint that serves a kind of model; kinds without one cannot be called here. */
const ENDPOINTS: Readonly<Partial<Record<ModelKind, EndpointName>>> = {
  chat: 'chat',
  embedding: 'embeddings',
  rerank: 'rerank',
};

/** The models and aliases that a key may call. */
@Injectable()
export class OpenModelsService {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly router: ModelRouter,
    private readonly aliases: AliasBook,
    private readonly prices: PriceBook,
  ) {}

  /** Aliases first: they are the names that operators want to be used. */
  async list(principal: KeyPrincipal): Promise<Model[]> {
    const aliases = await this.aliases.list(principal.tenantId);
    const named = await Promise.all(aliases.map((alias) => this.fromAlias(principal, alias)));
    const listed = (await this.catalogue.list()).map((entry) => this.fromListing(principal, entry));
    return [...named, ...listed].filter((model) => model !== undefined);
  }

  /**
   * A model by its id, its alias, or the ARN of a thing of the account.
   * @throws GatewayError 404 `model_not_found`, also for what the key may not call
   */
  async read(principal: KeyPrincipal, id: string): Promise<Model> {
    const alias = await this.aliases.find(principal.tenantId, id);
    const known =
      alias === undefined
        ? (await this.catalogue.list()).find((entry) => [entry.id, entry.arn].includes(id))
        : undefined;
    const model =
      alias === undefined ? known && this.fromListing(principal, known, id) : await this.fromAlias(principal, alias);
    if (model === undefined) {
      throw modelNotFound(id);
    }
    return model;
  }

  private async fromAlias(principal: KeyPrincipal, alias: ModelAlias): Promise<Model | undefined> {
    const candidates = await this.router.behind(principal, alias);
    const first = candidates.find((candidate) => isServed(principal, candidate));
    const createdAt = Math.floor(alias.createdAt.getTime() / 1000);
    return first && this.toModel(principal, { id: alias.name, name: alias.name, createdAt }, first);
  }

  private fromListing(principal: KeyPrincipal, entry: ListedId, asked?: string): Model | undefined {
    const open = entry.models.find(
      ({ model, region }) =>
        [entry.id, entry.arn ?? entry.id].some((requestedId) => mayUseModel(principal, { ...model, requestedId })) &&
        mayUseRoute(principal, { ...model, region }) &&
        isServed(principal, { model, region }),
    );
    const id = asked ?? shownId(principal, entry);
    return open && this.toModel(principal, { id, name: entry.name, createdAt: entry.createdAt }, open);
  }

  private toModel(
    { tenantId }: KeyPrincipal,
    shown: { id: string; name: string; createdAt: number | null },
    { model, region }: LocatedModel,
  ): Model {
    const target = { resolvedModel: model.invokeId, behind: behindArn(model) };
    const steps = this.prices.listSteps({ ...target, ...toPriceSubject(target), tenantId, region, at: new Date() });
    return toModel(shown, model, steps);
  }
}

/** An ARN holds the number of the account, so only those see it whom an operator has given it by name. */
function shownId({ policy }: KeyPrincipal, { id, arn }: ListedId): string {
  const isNamed = policy.models.some((patterns) =>
    patterns.some((pattern) => arn !== null && pattern.startsWith('arn:') && matchesPattern(pattern, arn)),
  );
  return isNamed && arn !== null ? arn : id;
}

function isServed(principal: KeyPrincipal, { model }: LocatedModel): boolean {
  const endpoint = ENDPOINTS[model.kind ?? 'chat'];
  const isReachable = model.kind !== 'chat' || model.capabilities.converse;
  return (
    endpoint !== undefined && isReachable && model.lifecycle.status !== 'ended' && mayUseEndpoint(principal, endpoint)
  );
}
