import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../../tenants/tenant.js';
import type { ClaimedDelivery, DeliveryStatus, WebhookDelivery } from './webhook.js';

/** How long events are kept, whatever became of them. */
const RETENTION_DAYS = 30;

type ClaimedRow = Omit<ClaimedDelivery, 'event'> & {
  eventId: string;
  type: string;
  tenantId: string;
  createdAt: Date;
  data: unknown;
};

const DELIVERY = Prisma.sql`d.id, d.event_id AS "eventId", e.type AS "eventType", d.status, d.attempts,
  CASE d.status WHEN 'pending' THEN d.next_attempt_at END AS "nextAttemptAt", d.last_status_code AS "lastStatusCode",
  d.last_error AS "lastError", d.created_at AS "createdAt", d.delivered_at AS "deliveredAt"`;

/** Deliveries. `webhook_raise` in the database writes them in the transaction in which something happens. */
@Injectable()
export class WebhookOutbox {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Takes on due deliveries, which nobody else gets for `leaseMs`: one whose process dies is due again then. Any number
   * of replicas may ask at the same time.
   * @param except webhooks whose deliveries wait
   */
  async claim(max: number, leaseMs: number, except: readonly string[]): Promise<ClaimedDelivery[]> {
    const rows = await this.prisma.$queryRaw<ClaimedRow[]>`
      WITH due AS (
        SELECT d.id FROM webhook_deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint_id
        WHERE d.status = 'pending' AND d.next_attempt_at <= now() AND w.enabled AND w.deleted_at IS NULL
          AND w.id <> ALL(${except}::text[])
        ORDER BY d.next_attempt_at LIMIT ${max} FOR UPDATE OF d SKIP LOCKED
      )
      UPDATE webhook_deliveries d
      SET attempts = attempts + 1, next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
      FROM due, webhook_events e, webhook_endpoints w
      WHERE d.id = due.id AND e.id = d.event_id AND w.id = d.endpoint_id
      RETURNING d.id, d.attempts, w.id AS "endpointId", w.url, w.secret,
        CASE WHEN w.previous_secret_ends_at > now() THEN w.previous_secret END AS "previousSecret",
        e.id AS "eventId", e.type, e.tenant_id AS "tenantId", e.created_at AS "createdAt", e.data`;
    return rows.map(({ eventId, type, tenantId, createdAt, data, ...delivery }) => ({
      ...delivery,
      event: { id: eventId, type, tenantId, createdAt, data },
    }));
  }

  async markDelivered(id: string, statusCode: number): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE webhook_deliveries
      SET status = 'delivered', delivered_at = now(), last_status_code = ${statusCode}, last_error = NULL
      WHERE id = ${id}::uuid`;
  }

  /** Due again after `retryMs`; null: dead. Changes nothing when the lease was over and somebody else tries already. */
  async markFailed(
    { id, attempts }: Pick<ClaimedDelivery, 'id' | 'attempts'>,
    failure: { statusCode: number | null; error: string | null },
    retryMs: number | null,
  ): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE webhook_deliveries
      SET status = ${retryMs === null ? 'dead' : 'pending'}, last_status_code = ${failure.statusCode},
        last_error = ${failure.error}, next_attempt_at = now() + ${retryMs ?? 0} * interval '1 millisecond'
      WHERE id = ${id}::uuid AND attempts = ${attempts} AND status = 'pending'`;
  }

  /** The latest first. */
  async list(
    endpointId: string,
    { status, after, limit }: { status?: DeliveryStatus | undefined; after?: string | undefined; limit: number },
  ): Promise<Page<WebhookDelivery>> {
    const ofStatus = status === undefined ? Prisma.empty : Prisma.sql`AND d.status = ${status}`;
    const afterCursor =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND (d.created_at, d.id) < (SELECT created_at, id FROM webhook_deliveries WHERE id::text = ${after})`;
    const rows = await this.prisma.$queryRaw<WebhookDelivery[]>`
      SELECT ${DELIVERY} FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
      WHERE d.endpoint_id = ${endpointId} ${ofStatus} ${afterCursor}
      ORDER BY d.created_at DESC, d.id DESC LIMIT ${limit + 1}`;
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  /** Writes an event for one endpoint alone. Answers the delivery. */
  async raiseFor(endpointId: string, type: string, db: Prisma.TransactionClient): Promise<WebhookDelivery | null> {
    const [eventId, id] = [randomUUID(), randomUUID()];
    await db.webhookEvent.create({ data: { id: eventId, type, tenantId: '', data: {} } });
    await db.webhookDelivery.create({ data: { id, eventId, endpointId } });
    return this.find(endpointId, id, db);
  }

  /** Makes a delivery due at once with all its tries before it. Null when the endpoint has no such delivery. */
  async retry(endpointId: string, id: string, db: Prisma.TransactionClient): Promise<WebhookDelivery | null> {
    await db.$executeRaw`
      UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = now(), delivered_at = NULL
      WHERE endpoint_id = ${endpointId} AND id::text = ${id}`;
    return this.find(endpointId, id, db);
  }

  /** Forgets what is older than a month. */
  async prune(): Promise<void> {
    await this.prisma.$executeRaw`
      WITH old AS (
        DELETE FROM webhook_events WHERE created_at < now() - ${RETENTION_DAYS} * interval '1 day' RETURNING id
      )
      DELETE FROM webhook_deliveries d USING old WHERE d.event_id = old.id`;
  }

  private async find(endpointId: string, id: string, db: Prisma.TransactionClient): Promise<WebhookDelivery | null> {
    const rows = await db.$queryRaw<WebhookDelivery[]>`
      SELECT ${DELIVERY} FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
      WHERE d.endpoint_id = ${endpointId} AND d.id::text = ${id}`;
    return rows[0] ?? null;
  }
}
