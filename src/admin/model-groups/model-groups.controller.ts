import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { modelGroupNotFound, ModelGroupService } from '../../tenants/model-groups/model-group.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { type PageQuery, pageQuerySchema, toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  modelGroupListSchema,
  type ModelGroupPatternsBody,
  modelGroupPatternsSchema,
  modelGroupSchema,
  toModelGroupBody,
} from './model-group.schema.js';

const GROUP_NAME = new IdPipe(modelGroupNotFound);

@ApiTags('model groups')
@Controller('admin/v1/model-groups')
@UseInterceptors(EtagInterceptor)
export class ModelGroupsController {
  constructor(private readonly groups: ModelGroupService) {}

  @Get()
  @AdminRoute('viewer')
  @Documented('List model groups by name', 200, modelGroupListSchema)
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const { items, hasMore } = await this.groups.list(query);
    return toListBody(items.map(toModelGroupBody), hasMore);
  }

  @Put(':name')
  @AdminRoute('admin')
  @Documented('Create a model group or replace its patterns', 200, modelGroupSchema)
  async save(
    @Param('name', GROUP_NAME) name: string,
    @Body({ schema: modelGroupPatternsSchema }) body: ModelGroupPatternsBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toModelGroupBody(await this.groups.save(name, body.patterns, version, actor));
  }

  @Delete(':name')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Delete a model group', 204)
  async delete(
    @Param('name', GROUP_NAME) name: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.groups.delete(name, version, actor);
  }
}
