import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../../audit/admin-changes.js';
import { invalidRequest, notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../../tenants/expected-version.js';
import { requireOwner } from '../../tenants/require-owner.js';
import type { Page } from '../../tenants/tenant.js';
import { createWebhookSecret } from './sign-webhook.js';
import type {
  DeliveryStatus,
  IssuedWebhookEndpoint,
  NewWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChanges,
} from './webhook.js';
import { WebhookEndpointRepository } from './webhook-endpoint.repository.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookSender } from './webhook-sender.js';

export const webhookNotFound = () => notFound('No webhook has this id.', 'webhook_not_found');
export const deliveryNotFound = () => notFound('This webhook has no delivery of this id.', 'delivery_not_found');

/** What operators do with webhooks. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly endpoints: WebhookEndpointRepository,
    private readonly outbox: WebhookOutbox,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly changes: AdminChanges,
  ) {}

  /** Throws 400 when `after` is no webhook. */
  list(page: { after?: string | undefined; limit: number }): Promise<Page<WebhookEndpoint>> {
    return this.endpoints.list(page);
  }

  /** Throws 404 when there is no such webhook. */
  async get(id: string): Promise<WebhookEndpoint> {
    const endpoint = await this.endpoints.find(id);
    if (!endpoint) {
      throw webhookNotFound();
    }
    return endpoint;
  }

  /** Throws 400 for a URL that nothing may be sent to, and for a tenant that does not exist. */
  async create(fields: NewWebhookEndpoint, actor: Actor): Promise<IssuedWebhookEndpoint> {
    this.requireUrl(fields.url);
    const id = `wh_${randomUUID().replaceAll('-', '')}`;
    const secret = createWebhookSecret();
    return this.changes.run(actor, async ({ db, record }) => {
      await requireOwner(fields, db);
      const endpoint = await this.endpoints.create({ ...fields, id, secret: this.secrets.seal(id, secret) }, db);
      record(toRecord('webhook.create', endpoint, null, endpoint));
      return { endpoint, secret };
    });
  }

  /** Throws 404 when there is no such webhook, 412 when it is not of the expected version, 400 as `create`. */
  async update(
    id: string,
    fields: WebhookEndpointChanges,
    expected: number | null,
    actor: Actor,
  ): Promise<WebhookEndpoint> {
    if (fields.url !== undefined) {
      this.requireUrl(fields.url);
    }
    return this.change(id, expected, actor, async (before, { db, record }) => {
      const after = await this.endpoints.update(id, fields, db);
      record(toRecord('webhook.update', before, before, after));
      return after;
    });
  }

  /** A new secret; the old one signs beside it for the overlap. Throws 404 when there is no such webhook. */
  async rotate(id: string, overlapSeconds: number, actor: Actor): Promise<IssuedWebhookEndpoint> {
    const secret = createWebhookSecret();
    return this.change(id, null, actor, async (before, { db, record }) => {
      const endpoint = await this.endpoints.rotate(id, this.secrets.seal(id, secret), overlapSeconds, db);
      record(toRecord('webhook.rotate', before, before, endpoint));
      return { endpoint, secret };
    });
  }

  /** Throws as `update`. */
  async delete(id: string, expected: number | null, actor: Actor): Promise<void> {
    await this.change(id, expected, actor, async (before, { db, record }) => {
      await this.endpoints.update(id, { deletedAt: new Date() }, db);
      record(toRecord('webhook.delete', before, before, null));
    });
  }

  /** Throws 404 when there is no such webhook. */
  async listDeliveries(
    id: string,
    query: { status?: DeliveryStatus | undefined; after?: string | undefined; limit: number },
  ): Promise<Page<WebhookDelivery>> {
    await this.get(id);
    return this.outbox.list(id, query);
  }

  /** Sends an event that says nothing, so that a receiver can be tried out. Throws 404 as `get`. */
  async test(id: string, actor: Actor): Promise<WebhookDelivery> {
    return this.deliver(id, 'webhook.test', actor, (db) => this.outbox.raiseFor(id, 'webhook.test', db));
  }

  /** Sends a delivery once more, also one that is dead or has arrived. Throws 404 for what is not there. */
  async retry(id: string, deliveryId: string, actor: Actor): Promise<WebhookDelivery> {
    return this.deliver(id, 'webhook.retry', actor, (db) => this.outbox.retry(id, deliveryId, db));
  }

  private deliver(
    id: string,
    action: string,
    actor: Actor,
    write: (db: ChangeTransaction['db']) => Promise<WebhookDelivery | null>,
  ): Promise<WebhookDelivery> {
    return this.change(id, null, actor, async (endpoint, { db, record }) => {
      const delivery = await write(db);
      if (!delivery) {
        throw deliveryNotFound();
      }
      record({ ...toRecord(action, endpoint, null, null), after: { deliveryId: delivery.id } });
      return delivery;
    });
  }

  private requireUrl(url: string): void {
    const problem = this.sender.problemOf(url);
    if (problem !== null) {
      throw invalidRequest('url', `url ${problem}.`);
    }
  }

  private change<T>(
    id: string,
    expected: number | null,
    actor: Actor,
    work: (before: WebhookEndpoint, transaction: ChangeTransaction) => Promise<T>,
  ): Promise<T> {
    return this.changes.run(actor, async (transaction) => {
      const before = await this.endpoints.findForUpdate(id, transaction.db);
      if (!before) {
        throw webhookNotFound();
      }
      requireVersion(before.version, expected);
      return work(before, transaction);
    });
  }
}

function toAudited({ name, tenantId, url, eventTypes, enabled, version }: WebhookEndpoint): object {
  return { name, tenantId, url, eventTypes, enabled, version };
}

function toRecord(
  action: string,
  endpoint: WebhookEndpoint,
  before: WebhookEndpoint | null,
  after: WebhookEndpoint | null,
) {
  return {
    action,
    resourceType: 'webhook',
    resourceId: endpoint.id,
    tenantId: endpoint.tenantId || null,
    before: before && toAudited(before),
    after: after && toAudited(after),
  };
}
