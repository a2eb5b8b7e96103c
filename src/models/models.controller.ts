import { Controller, Get, Param } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { notFound } from '../common/errors/gateway-error.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { mayUseModel } from '../tenants/access-rules.js';
import { ModelCatalogue } from './model-catalogue.js';
import type { Listing } from './model-index.js';
import { toModel, type Model, type ModelList } from './to-model.js';

function isOpenTo(caller: KeyPrincipal, { id, invokeId, baseId }: Listing): boolean {
  return mayUseModel(caller, { requestedId: id, invokeId, baseId });
}

/** OpenAI's model list: https://platform.openai.com/docs/api-reference/models */
@Controller(DATA_PLANE_PREFIXES)
export class ModelsController {
  constructor(private readonly catalogue: ModelCatalogue) {}

  /** What this key may call. */
  @Get('models')
  @Endpoint('models')
  async list(@Caller() caller: KeyPrincipal): Promise<ModelList> {
    const index = await this.catalogue.list();
    return { object: 'list', data: index.listings.filter((listing) => isOpenTo(caller, listing)).map(toModel) };
  }

  /** Ids hold `:` and, as ARNs, `/`; clients send them raw or percent-encoded, some with a slash behind. */
  @Get('models/*id')
  @Endpoint('models')
  async read(@Caller() caller: KeyPrincipal, @Param('id') id: string | string[]): Promise<Model> {
    const requested = (Array.isArray(id) ? id.join('/') : id).replace(/\/$/, '');
    const index = await this.catalogue.list();
    const listing = index.listings.find((candidate) => candidate.id === requested);
    if (listing === undefined || !isOpenTo(caller, listing)) {
      throw notFound(`The model '${requested}' does not exist.`, 'model_not_found', 'model');
    }
    return toModel(listing);
  }
}
