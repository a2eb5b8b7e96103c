import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { WebhookEndpointRepository } from './webhook-endpoint.repository.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookService } from './webhook.service.js';

/** Tells other systems what happens here. */
@Module({
  imports: [AuditModule],
  providers: [
    WebhookDispatcher,
    WebhookEndpointRepository,
    WebhookOutbox,
    WebhookSecrets,
    WebhookSender,
    WebhookService,
  ],
  exports: [WebhookService],
})
export class WebhooksModule {}
