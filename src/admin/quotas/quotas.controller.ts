import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { Documented } from '../../openapi/documented.js';
import { AccountQuotaService, quotaNotFound } from '../../quotas/account-quota.service.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { type PageQuery, pageQuerySchema, toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type NewQuotaBody,
  newQuotaSchema,
  type QuotaChangesBody,
  quotaChangesSchema,
  quotaListSchema,
  quotaSchema,
  toNewQuota,
  toQuotaBody,
  toQuotaChanges,
} from './quota.schema.js';

const QUOTA_ID = new IdPipe(quotaNotFound);

@ApiTags('account quotas')
@Controller('admin/v1/quotas')
@UseInterceptors(EtagInterceptor)
export class QuotasController {
  constructor(private readonly quotas: AccountQuotaService) {}

  @Get()
  @AdminRoute('viewer')
  @Documented('List account quotas by model and region', 200, quotaListSchema)
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const { items, hasMore } = await this.quotas.list(query);
    return toListBody(items.map(toQuotaBody), hasMore);
  }

  @Post()
  @AdminRoute('admin')
  @Documented('Enter what the AWS account may ask of a model in a minute', 201, quotaSchema)
  async create(@Body({ schema: newQuotaSchema }) body: NewQuotaBody, @Actor() actor: ActorType) {
    return toQuotaBody(await this.quotas.create(toNewQuota(body), actor));
  }

  @Get(':quotaId')
  @AdminRoute('viewer')
  @Documented('Read an account quota', 200, quotaSchema)
  async get(@Param('quotaId', QUOTA_ID) quotaId: string) {
    return toQuotaBody(await this.quotas.get(quotaId));
  }

  @Patch(':quotaId')
  @AdminRoute('admin')
  @Documented('Change an account quota', 200, quotaSchema)
  async update(
    @Param('quotaId', QUOTA_ID) quotaId: string,
    @Body({ schema: quotaChangesSchema }) body: QuotaChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toQuotaBody(await this.quotas.update(quotaId, toQuotaChanges(body), version, actor));
  }

  @Delete(':quotaId')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Forget an account quota', 204)
  async delete(
    @Param('quotaId', QUOTA_ID) quotaId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.quotas.delete(quotaId, version, actor);
  }
}
