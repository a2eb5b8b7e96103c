import { Injectable } from '@nestjs/common';
import { SealedValues } from '../../auth/secrets/sealed-values.js';
import { AppConfig } from '../../config/app-config.js';

/** Secrets of webhooks as they are stored: every signature needs them, so they are encrypted and not hashed. */
@Injectable()
export class WebhookSecrets {
  private readonly sealed: SealedValues;

  constructor(config: AppConfig) {
    this.sealed = new SealedValues(config.apiKeyPepper, 'webhook-secret');
  }

  seal(endpointId: string, secret: string): Buffer<ArrayBuffer> {
    return this.sealed.seal(secret, Buffer.from(endpointId));
  }

  /** Throws when it was sealed under another pepper or for another endpoint. */
  open(endpointId: string, sealed: Uint8Array): string {
    return this.sealed.open(sealed, Buffer.from(endpointId)) as string;
  }
}
