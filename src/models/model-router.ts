import { Inject, Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import { GatewayError, invalidRequest, permissionDenied } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import { mayUseModel, mayUseRoute } from '../tenants/access-rules.js';
import { AliasBook } from './aliases/alias-book.js';
import { chooseTarget, type ModelAlias } from './aliases/model-alias.js';
import { builtInAlias, type EndpointKind } from './built-in-aliases.js';
import { ModelCatalogue, type LocatedModel } from './model-catalogue.js';
import type { ModelRoute, RouteCandidate } from './model-route.js';
import { accountsOf, overAccounts } from './route-accounts.js';

/** Rolls the dice of weighted aliases: at least 0 and below 1. */
export const RANDOM = Symbol('RANDOM');

/** What a caller asks for. */
interface Question {
  principal: KeyPrincipal;
  requestedId: string;
  /** Null: a model of any kind. */
  kind: EndpointKind | null;
}

/** Finds where a caller's requests for a model may be sent. */
@Injectable()
export class ModelRouter {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly aliases: AliasBook,
    private readonly config: AppConfig,
    @Inject(RANDOM) private readonly random: () => number,
  ) {}

  /**
   * The route of a client's model id or alias; `undefined` is the default model. Every candidate is within the key's
   * policy, those of an alias and its fallbacks too.
   * @throws GatewayError 404 `model_not_found`; 400 `model_not_supported` for a model of another kind; 403
   * `model_not_allowed` when the policy leaves no candidate
   */
  async route(
    principal: KeyPrincipal,
    requested: string | undefined,
    kind: EndpointKind = 'chat',
  ): Promise<ModelRoute> {
    const requestedId = requested ?? this.config.defaultModel;
    const question = { principal, requestedId, kind };
    const name = builtInAlias(requestedId, kind, this.config) ?? requestedId;
    // An operator's alias goes before a built-in one, and the default model may be an operator's alias.
    const alias =
      (await this.aliases.find(principal.tenantId, requestedId)) ??
      (name === requestedId ? undefined : await this.aliases.find(principal.tenantId, name));
    if (alias !== undefined) {
      return toRoute(question, alias.name, await this.behindAlias(question, alias));
    }
    return toRoute(question, name, await this.candidates(question, name));
  }

  /** Where an alias would lead its caller, for those who want to know beforehand; empty when it leads nowhere. */
  async behind(principal: KeyPrincipal, alias: ModelAlias): Promise<RouteCandidate[]> {
    const found = await this.behindAlias({ principal, requestedId: alias.name, kind: null }, alias).catch(onlyRefusals);
    return Array.isArray(found) ? found : [];
  }

  /** One target by the weights of those that the caller may use, then the fallbacks in their order. */
  private async behindAlias(question: Question, { targets, fallbacks }: ModelAlias): Promise<RouteCandidate[]> {
    const outcomes = await Promise.all(
      targets.map(async ({ model, weight }) => ({ weight, outcome: await this.tryCandidates(question, model) })),
    );
    const open = outcomes.filter(({ outcome }) => Array.isArray(outcome) && outcome.length > 0);
    const chosen = chooseTarget(open, this.random())?.outcome;
    const then = await Promise.all(fallbacks.map((model) => this.tryCandidates(question, model)));
    const candidates = [chosen, ...then].flatMap((outcome) => (Array.isArray(outcome) ? outcome : []));
    const failure = [...outcomes.map(({ outcome }) => outcome), ...then].find(
      (outcome) => outcome instanceof GatewayError,
    );
    if (candidates.length === 0 && failure !== undefined) {
      throw failure;
    }
    return withoutRepeats(candidates);
  }

  /** A model behind an alias that is gone leaves the others to serve. */
  private async tryCandidates(question: Question, id: string): Promise<RouteCandidate[] | GatewayError> {
    return this.candidates(question, id).catch(onlyRefusals);
  }

  /**
   * Where a model may be called, by the caller's policy. One that could be called without a profile, but not by this
   * caller, is called through a profile that the caller may use.
   */
  private async candidates({ principal, requestedId, kind }: Question, id: string): Promise<RouteCandidate[]> {
    const { choices, profiles } = await this.catalogue.find(id);
    const accounts = accountsOf(principal, this.config);
    const toPlace = ({ model, region }: LocatedModel) => ({ model: { ...model, requestedId }, region });
    const served = choices.filter(({ model }) => kind === null || model.kind === null || model.kind === kind);
    if (served.length === 0 && kind !== null) {
      throw wrongKind(requestedId, kind);
    }
    const allowed = served.map(toPlace).filter((place) => isAllowed(principal, place));
    const places = allowed.length > 0 ? allowed : profiles.map(toPlace).filter((place) => isAllowed(principal, place));
    return overAccounts(places, accounts);
  }
}

function onlyRefusals(error: unknown): GatewayError {
  if (error instanceof GatewayError) {
    return error;
  }
  throw error;
}

/** The same place twice is no second chance. */
function withoutRepeats(candidates: readonly RouteCandidate[]): RouteCandidate[] {
  const byPlace = new Map<string, RouteCandidate>();
  for (const candidate of candidates) {
    const place = `${candidate.region} ${candidate.standIn} ${candidate.model.invokeId}`;
    byPlace.set(place, byPlace.get(place) ?? candidate);
  }
  return [...byPlace.values()];
}

function toRoute({ requestedId }: Question, name: string, candidates: readonly RouteCandidate[]): ModelRoute {
  const [first, ...others] = candidates;
  if (first === undefined) {
    throw permissionDenied(`This key may not use the model '${requestedId}'.`, 'model_not_allowed');
  }
  return { name, candidates: [first, ...others] };
}

const PURPOSES: Readonly<Record<EndpointKind, string>> = {
  chat: 'a chat model',
  embedding: 'an embedding model',
  rerank: 'a rerank model',
};

function wrongKind(id: string, kind: EndpointKind): GatewayError {
  return invalidRequest('model', `The model '${id}' is not ${PURPOSES[kind]}.`, 'model_not_supported');
}

function isAllowed(principal: KeyPrincipal, { model, region }: Pick<RouteCandidate, 'model' | 'region'>): boolean {
  return mayUseModel(principal, model) && mayUseRoute(principal, { ...model, region });
}
