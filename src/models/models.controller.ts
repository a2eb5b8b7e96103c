import { Controller, Get, Param } from '@nestjs/common';
import { notFound } from '../common/errors/gateway-error.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { ModelCatalogue } from './model-catalogue.js';
import { toModel, type Model, type ModelList } from './to-model.js';

/** OpenAI's model list: https://platform.openai.com/docs/api-reference/models */
@Controller(DATA_PLANE_PREFIXES)
export class ModelsController {
  constructor(private readonly catalogue: ModelCatalogue) {}

  @Get('models')
  async list(): Promise<ModelList> {
    const index = await this.catalogue.list();
    return { object: 'list', data: index.listings.map(toModel) };
  }

  /** Ids hold `:` and, as ARNs, `/`; clients send them raw or percent-encoded. */
  @Get('models/*id')
  async read(@Param('id') id: string | string[]): Promise<Model> {
    const requested = Array.isArray(id) ? id.join('/') : id;
    const index = await this.catalogue.list();
    const listing = index.listings.find((candidate) => candidate.id === requested);
    if (listing === undefined) {
      throw notFound(`The model '${requested}' does not exist.`, 'model_not_found', 'model');
    }
    return toModel(listing);
  }
}
