import { Injectable } from '@nestjs/common';
import { GatewayError, invalidRequest } from '../../common/errors/gateway-error.js';
import { isBuiltInAlias } from '../built-in-aliases.js';
import { CAPABILITIES } from '../capability-table.js';
import { toBaseId } from '../capability.js';
import { ModelCatalogue } from '../model-catalogue.js';
import type { ResolvedModel } from '../model-entry.js';
import type { ModelAlias } from './model-alias.js';
import { ModelAliasRepository } from './model-alias.repository.js';

const PROVIDERS: ReadonlySet<string> = new Set(CAPABILITIES.map(({ id }) => providerOf(id)));

/** What aliases may be called, and what they may lead to. */
@Injectable()
export class AliasRules {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly aliases: ModelAliasRepository,
  ) {}

  /**
   * Policies allow models by their ids, so no alias may look like one.
   * @throws GatewayError 400 naming `name`
   */
  async checkName(name: string): Promise<void> {
    const isId = name.startsWith('arn:') || PROVIDERS.has(providerOf(toBaseId(name).baseId));
    if (isId || (await this.catalogue.list()).some(({ id }) => id === name)) {
      throw invalidRequest('name', `'${name}' is the id of a model, so it cannot be an alias.`, 'invalid_value');
    }
  }

  /**
   * Every model must be known now, no alias, and of one kind. Vectors of different models cannot be compared, so an
   * alias for embeddings leads to one foundation model.
   * @throws GatewayError 400 naming the target or fallback at fault
   */
  async checkTargets({ targets, fallbacks }: Pick<ModelAlias, 'targets' | 'fallbacks'>): Promise<void> {
    const named = [
      ...targets.map(({ model }, at) => ({ id: model, param: `targets[${at}].model` })),
      ...fallbacks.map((id, at) => ({ id, param: `fallbacks[${at}]` })),
    ];
    const taken = new Set((await this.aliases.listAll()).map(({ name }) => name));
    const models = await Promise.all(
      named.map(async ({ id, param }) => {
        if (taken.has(id) || isBuiltInAlias(id)) {
          throw invalidRequest(param, `'${id}' is itself an alias; an alias leads to models only.`, 'invalid_value');
        }
        return { param, model: await this.resolve(id, param) };
      }),
    );
    const [first] = models;
    for (const { param, model } of models) {
      if (first !== undefined) requireAlike(first.model, model, param);
    }
  }

  /**
   * What counts a model counts it by its own id, whatever name a client used: a budget of an alias would never count.
   * @throws GatewayError 400 naming `param` when the name is an alias, of everyone, of a tenant or built in
   */
  async requireNoAlias(name: string, param: string): Promise<void> {
    const aliases = (await this.aliases.listAll()).filter((alias) => alias.name === name);
    if (aliases.length === 0 && !isBuiltInAlias(name)) return;
    const models = [...new Set(aliases.flatMap(({ targets }) => targets.map(({ model }) => model)))];
    const leadsTo = models.length === 0 ? '' : `, here ${models.join(', ')}`;
    throw invalidRequest(param, `'${name}' is an alias. Name the model that it leads to${leadsTo}.`, 'invalid_value');
  }

  private async resolve(id: string, param: string): Promise<ResolvedModel | undefined> {
    try {
      return (await this.catalogue.find(id)).choices[0]?.model;
    } catch (error) {
      if (error instanceof GatewayError && error.status === 404) {
        throw invalidRequest(param, error.message, 'model_not_found');
      }
      throw error;
    }
  }
}

function requireAlike(first: ResolvedModel | undefined, other: ResolvedModel | undefined, param: string): void {
  const [kind, otherKind] = [first?.kind ?? null, other?.kind ?? null];
  if (kind !== null && otherKind !== null && kind !== otherKind) {
    throw invalidRequest(param, `An alias leads to models of one kind: this one is for ${otherKind}.`, 'invalid_value');
  }
  if (kind === 'embedding' && first?.baseId !== other?.baseId) {
    const message = 'Vectors of different models cannot be compared: an alias leads to one embedding model.';
    throw invalidRequest(param, message, 'invalid_value');
  }
}

function providerOf(id: string): string {
  return id.split('.', 1)[0] ?? id;
}
