import { Controller, Get, Param } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { OpenModelsService } from './open-models.service.js';
import type { Model, ModelList } from './to-model.js';

/** OpenAI's model list: https://platform.openai.com/docs/api-reference/models */
@Controller(DATA_PLANE_PREFIXES)
export class ModelsController {
  constructor(private readonly models: OpenModelsService) {}

  /** What this key may call. */
  @Get('models')
  @Endpoint('models')
  async list(@Caller() caller: KeyPrincipal): Promise<ModelList> {
    return { object: 'list', data: await this.models.list(caller) };
  }

  /** Ids hold `:` and `/`; clients send them raw or percent-encoded, some with a slash behind. */
  @Get('models/*id')
  @Endpoint('models')
  read(@Caller() caller: KeyPrincipal, @Param('id') id: string | string[]): Promise<Model> {
    return this.models.read(caller, (Array.isArray(id) ? id.join('/') : id).replace(/\/$/, ''));
  }
}
