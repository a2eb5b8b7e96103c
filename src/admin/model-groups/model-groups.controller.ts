import { Body, Controller, Delete, Get, HttpCode, Param, Put, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { modelGroupNotFound, ModelGroupService } from '../../tenants/model-groups/model-group.service.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { IdPipe } from '../http/id.pipe.js';
import { type ModelGroupPatternsBody, modelGroupPatternsSchema, toModelGroupBody } from './model-group.schema.js';

const GROUP_NAME = new IdPipe(modelGroupNotFound);

@ApiTags('model groups')
@Controller('admin/v1/model-groups')
@UseInterceptors(EtagInterceptor)
export class ModelGroupsController {
  constructor(private readonly groups: ModelGroupService) {}

  @Get()
  @AdminRoute('viewer')
  async list() {
    const groups = await this.groups.list();
    return { object: 'list' as const, data: groups.map(toModelGroupBody), has_more: false };
  }

  @Put(':name')
  @AdminRoute('admin')
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
  async delete(
    @Param('name', GROUP_NAME) name: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.groups.delete(name, version, actor);
  }
}
