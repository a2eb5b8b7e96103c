import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { AppConfig } from '../../config/app-config.js';
import { answerUnreadable } from './unreadable-request.js';

type Limits = Pick<AppConfig, 'headersTimeoutMs' | 'requestTimeoutMs' | 'keepAliveTimeoutMs' | 'maxHeaderKb'>;

/** Node looks for connections beyond a limit every 30 s unless told otherwise. */
const CHECK_MS_MAX = 1_000;
const CHECKS_PER_LIMIT = 4;

/** Express on a server that waits for no client without an end. */
export class LimitedExpressAdapter extends ExpressAdapter {
  constructor(private readonly limits: Limits) {
    super();
  }

  override initHttpServer(): void {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, maxHeaderKb } = this.limits;
    const headersTimeout = Math.min(headersTimeoutMs, requestTimeoutMs);
    const options = {
      headersTimeout,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: maxHeaderKb * 1024,
      connectionsCheckingInterval: Math.min(CHECK_MS_MAX, Math.ceil(headersTimeout / CHECKS_PER_LIMIT)),
    };
    this.setHttpServer(createServer(options, this.getInstance()).on('clientError', answerUnreadable));
  }
}
