import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../../tenants/tenant.js';
import type { NewWebhookEndpoint, WebhookEndpoint, WebhookEndpointChanges } from './webhook.js';

const COLUMNS = {
  id: true,
  tenantId: true,
  name: true,
  url: true,
  eventTypes: true,
  enabled: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.WebhookEndpointSelect;

/** A secret as it is stored. */
type Sealed = Uint8Array<ArrayBuffer>;

/** Where events are sent. Secrets pass through sealed. */
@Injectable()
export class WebhookEndpointRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * A page of them, the oldest first.
   * @throws GatewayError 400 when `after` is none of them
   */
  async list({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<WebhookEndpoint>> {
    if (after !== undefined && (await this.find(after)) === null) {
      throw invalidRequest('after', 'after must be the id of a webhook.');
    }
    const rows = await this.prisma.webhookEndpoint.findMany({
      where: { deletedAt: null },
      select: COLUMNS,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
      take: limit + 1,
    });
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  find(id: string): Promise<WebhookEndpoint | null> {
    return this.prisma.webhookEndpoint.findUnique({ where: { id, deletedAt: null }, select: COLUMNS });
  }

  /** The same, locked until the transaction ends. */
  async findForUpdate(id: string, db: Prisma.TransactionClient): Promise<WebhookEndpoint | null> {
    await db.$executeRaw`SELECT FROM webhook_endpoints WHERE id = ${id} FOR NO KEY UPDATE`;
    return db.webhookEndpoint.findUnique({ where: { id, deletedAt: null }, select: COLUMNS });
  }

  create(
    endpoint: NewWebhookEndpoint & { id: string; secret: Sealed },
    db: Prisma.TransactionClient,
  ): Promise<WebhookEndpoint> {
    return db.webhookEndpoint.create({ data: endpoint, select: COLUMNS });
  }

  update(
    id: string,
    changes: WebhookEndpointChanges & { deletedAt?: Date },
    db: Prisma.TransactionClient,
  ): Promise<WebhookEndpoint> {
    const data = { ...changes, version: { increment: 1 } };
    return db.webhookEndpoint.update({ where: { id }, data, select: COLUMNS });
  }

  /** The old secret signs beside the new one until it ends by the clock of the database. */
  async rotate(
    id: string,
    secret: Sealed,
    overlapSeconds: number,
    db: Prisma.TransactionClient,
  ): Promise<WebhookEndpoint> {
    await db.$executeRaw`
      UPDATE webhook_endpoints SET previous_secret = secret,
        previous_secret_ends_at = now() + ${overlapSeconds} * interval '1 second', secret = ${secret}
      WHERE id = ${id}`;
    return this.update(id, {}, db);
  }
}
