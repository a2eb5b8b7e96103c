import { z } from 'zod';
import {
  DELIVERY_STATUSES,
  type IssuedWebhookEndpoint,
  type NewWebhookEndpoint,
  WEBHOOK_EVENT_TYPES,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookEndpointChanges,
} from '../../billing/webhooks/webhook.js';
import { listOf, pageLimit, text, time } from '../http/fields.js';

const url = text(2_048).describe('An `https:` URL. Every delivery is a POST to it; redirects are not followed.');
const eventTypes = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .max(WEBHOOK_EVENT_TYPES.length)
  .describe('What to be told of. Empty: of everything.');

export const newWebhookSchema = z
  .strictObject({
    name: text(128),
    url,
    tenant_id: text(64).optional().describe('Only events of this tenant. Absent: of all, and of the organisation.'),
    event_types: eventTypes.prefault([]),
    enabled: z.boolean().prefault(true),
  })
  .meta({ id: 'NewWebhook', examples: [{ name: 'finance', url: 'https://hooks.example.com/bedrock' }] });
export type NewWebhookBody = z.infer<typeof newWebhookSchema>;

export const webhookChangesSchema = z
  .strictObject({
    name: text(128).optional(),
    url: url.optional(),
    event_types: eventTypes.optional(),
    enabled: z
      .boolean()
      .optional()
      .describe('False: what is pending waits, and what happens meanwhile is not sent, not even later.'),
  })
  .meta({ id: 'WebhookChanges', description: 'What is absent stays as it is.' });
export type WebhookChangesBody = z.infer<typeof webhookChangesSchema>;

export const webhookRotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(90 * 86_400)
      .prefault(86_400)
      .describe('How long the old secret signs beside the new one.'),
  })
  .prefault({})
  .meta({ id: 'WebhookRotation' });
export type WebhookRotationBody = z.infer<typeof webhookRotationSchema>;

export const deliveryListQuerySchema = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional().describe('`dead` are those that were given up.'),
  after: z.uuid().optional().describe('Id of the last item of the page before.'),
  limit: pageLimit,
});
export type DeliveryListQuery = z.infer<typeof deliveryListQuerySchema>;

export const webhookSchema = z
  .object({
    id: z.string(),
    object: z.literal('webhook'),
    name: z.string(),
    url: z.string(),
    tenant_id: z.string().nullable(),
    event_types: z.array(z.string()),
    enabled: z.boolean(),
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Webhook' });
export const issuedWebhookSchema = webhookSchema
  .extend({ secret: z.string().describe('Signs every delivery. It is shown only now.') })
  .meta({ id: 'IssuedWebhook' });
export const webhookListSchema = listOf(webhookSchema).meta({ id: 'WebhookList' });

export const deliverySchema = z
  .object({
    id: z.string(),
    object: z.literal('webhook.delivery'),
    event_id: z.string().describe('The same for every try and every webhook: the `webhook-id` header.'),
    event_type: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    next_attempt_at: time.nullable(),
    last_status_code: z.int().nullable(),
    last_error: z.string().nullable(),
    created_at: time,
    delivered_at: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export const deliveryListSchema = listOf(deliverySchema).meta({ id: 'WebhookDeliveryList' });

export function toNewWebhook(body: NewWebhookBody): NewWebhookEndpoint {
  const { name, enabled, url: target } = body;
  return { name, enabled, url: target, tenantId: body.tenant_id ?? '', eventTypes: body.event_types };
}

export function toWebhookChanges({ event_types: types, ...changes }: WebhookChangesBody): WebhookEndpointChanges {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(types !== undefined && { eventTypes: types }) };
}

export function toWebhookBody(endpoint: WebhookEndpoint) {
  return {
    id: endpoint.id,
    object: 'webhook' as const,
    name: endpoint.name,
    url: endpoint.url,
    tenant_id: endpoint.tenantId || null,
    event_types: endpoint.eventTypes,
    enabled: endpoint.enabled,
    version: endpoint.version,
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
  };
}

export function toIssuedWebhookBody({ endpoint, secret }: IssuedWebhookEndpoint) {
  return { ...toWebhookBody(endpoint), secret };
}

export function toDeliveryBody(delivery: WebhookDelivery) {
  return {
    id: delivery.id,
    object: 'webhook.delivery' as const,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt,
    last_status_code: delivery.lastStatusCode,
    last_error: delivery.lastError,
    created_at: delivery.createdAt,
    delivered_at: delivery.deliveredAt,
  };
}
