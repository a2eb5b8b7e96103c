/** What an endpoint can be told of. */
export const WEBHOOK_EVENT_TYPES = ['budget.threshold_reached', 'budget.call_refused'] as const;

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Where events are sent. */
export interface WebhookEndpoint {
  id: string;
  /** Only events of this tenant; empty: all. */
  tenantId: string;
  name: string;
  url: string;
  /** Empty: all types. */
  eventTypes: string[];
  /** Not enabled: what was pending waits, and what happens meanwhile is not sent, not even later. */
  enabled: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export type NewWebhookEndpoint = Pick<WebhookEndpoint, 'tenantId' | 'name' | 'url' | 'eventTypes' | 'enabled'>;
export type WebhookEndpointChanges = Partial<Omit<NewWebhookEndpoint, 'tenantId'>>;

/** An endpoint with its secret, which is shown once. */
export interface IssuedWebhookEndpoint {
  endpoint: WebhookEndpoint;
  secret: string;
}

/** An event on its way to one endpoint. */
export interface WebhookDelivery {
  id: string;
  eventId: string;
  eventType: string;
  status: DeliveryStatus;
  attempts: number;
  /** Null when there is none. */
  nextAttemptAt: Date | null;
  lastStatusCode: number | null;
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
}

/** A delivery that this process has taken on for its next attempt. */
export interface ClaimedDelivery {
  id: string;
  /** This attempt included. */
  attempts: number;
  endpointId: string;
  url: string;
  secret: Uint8Array;
  /** Null when no other secret is in force. */
  previousSecret: Uint8Array | null;
  event: { id: string; type: string; tenantId: string; createdAt: Date; data: unknown };
}
