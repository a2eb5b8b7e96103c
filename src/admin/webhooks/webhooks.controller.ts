import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { deliveryNotFound, webhookNotFound, WebhookService } from '../../billing/webhooks/webhook.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { EtagInterceptor, IfMatch } from '../http/etag.js';
import { type PageQuery, pageQuerySchema, toListBody } from '../http/fields.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type DeliveryListQuery,
  deliveryListQuerySchema,
  deliveryListSchema,
  deliverySchema,
  issuedWebhookSchema,
  type NewWebhookBody,
  newWebhookSchema,
  toDeliveryBody,
  toIssuedWebhookBody,
  toNewWebhook,
  toWebhookBody,
  toWebhookChanges,
  type WebhookChangesBody,
  webhookChangesSchema,
  webhookListSchema,
  type WebhookRotationBody,
  webhookRotationSchema,
  webhookSchema,
} from './webhook.schema.js';

const WEBHOOK_ID = new IdPipe(webhookNotFound);
const DELIVERY_ID = new IdPipe(deliveryNotFound);

@ApiTags('webhooks')
@Controller('admin/v1/webhooks')
@UseInterceptors(EtagInterceptor)
export class WebhooksController {
  constructor(private readonly webhooks: WebhookService) {}

  @Get()
  @AdminRoute('viewer')
  @Documented('List webhooks', 200, webhookListSchema)
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const { items, hasMore } = await this.webhooks.list(query);
    return toListBody(items.map(toWebhookBody), hasMore);
  }

  @Post()
  @AdminRoute('admin')
  @Documented('Create a webhook; its secret is shown this once', 201, issuedWebhookSchema)
  async create(@Body({ schema: newWebhookSchema }) body: NewWebhookBody, @Actor() actor: ActorType) {
    return toIssuedWebhookBody(await this.webhooks.create(toNewWebhook(body), actor));
  }

  @Get(':webhookId')
  @AdminRoute('viewer')
  @Documented('Read a webhook', 200, webhookSchema)
  async get(@Param('webhookId', WEBHOOK_ID) webhookId: string) {
    return toWebhookBody(await this.webhooks.get(webhookId));
  }

  @Patch(':webhookId')
  @AdminRoute('admin')
  @Documented('Change a webhook', 200, webhookSchema)
  async update(
    @Param('webhookId', WEBHOOK_ID) webhookId: string,
    @Body({ schema: webhookChangesSchema }) body: WebhookChangesBody,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ) {
    return toWebhookBody(await this.webhooks.update(webhookId, toWebhookChanges(body), version, actor));
  }

  @Delete(':webhookId')
  @HttpCode(204)
  @AdminRoute('admin')
  @Documented('Delete a webhook', 204)
  async delete(
    @Param('webhookId', WEBHOOK_ID) webhookId: string,
    @IfMatch() version: number | null,
    @Actor() actor: ActorType,
  ): Promise<void> {
    await this.webhooks.delete(webhookId, version, actor);
  }

  @Post(':webhookId/rotate')
  @HttpCode(200)
  @AdminRoute('admin')
  @Documented('Give a webhook a new secret; the old one signs beside it for the overlap', 200, issuedWebhookSchema)
  async rotate(
    @Param('webhookId', WEBHOOK_ID) webhookId: string,
    @Body({ schema: webhookRotationSchema }) body: WebhookRotationBody,
    @Actor() actor: ActorType,
  ) {
    return toIssuedWebhookBody(await this.webhooks.rotate(webhookId, body.overlap_seconds, actor));
  }

  @Post(':webhookId/test')
  @HttpCode(202)
  @AdminRoute('admin')
  @Documented('Send a webhook an event that says nothing', 202, deliverySchema)
  async test(@Param('webhookId', WEBHOOK_ID) webhookId: string, @Actor() actor: ActorType) {
    return toDeliveryBody(await this.webhooks.test(webhookId, actor));
  }

  @Get(':webhookId/deliveries')
  @AdminRoute('viewer')
  @Documented('List the deliveries of a webhook, the latest first', 200, deliveryListSchema)
  async listDeliveries(
    @Param('webhookId', WEBHOOK_ID) webhookId: string,
    @Query({ schema: deliveryListQuerySchema }) query: DeliveryListQuery,
  ) {
    const { items, hasMore } = await this.webhooks.listDeliveries(webhookId, query);
    return toListBody(items.map(toDeliveryBody), hasMore);
  }

  @Post(':webhookId/deliveries/:deliveryId/retry')
  @HttpCode(202)
  @AdminRoute('admin')
  @Documented('Send a delivery once more', 202, deliverySchema)
  async retry(
    @Param('webhookId', WEBHOOK_ID) webhookId: string,
    @Param('deliveryId', DELIVERY_ID) deliveryId: string,
    @Actor() actor: ActorType,
  ) {
    return toDeliveryBody(await this.webhooks.retry(webhookId, deliveryId, actor));
  }
}
