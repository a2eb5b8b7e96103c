import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../../metrics/metrics.js';
import { Shutdown } from '../shutdown/shutdown.js';
import { RefusalLog } from './refusal-log.js';
import { writeRefusal } from './refusal.js';
import type { RefusalReason as LateReason } from './turns.js';

/** Why: a turn that did not come, or no room for a long body. */
export type RefusalReason = LateReason | 'memory';

/** Refuses requests because there is too much to do, counted and with one line in the log each second. */
@Injectable()
export class Refusals {
  private readonly logger = new Logger(Refusals.name);
  private readonly log = new RefusalLog((refused) =>
    this.logger.warn({ refused }, 'requests are refused: there is too much to do'),
  );
  private readonly refused: Counter<'reason'>;

  constructor(
    private readonly shutdown: Shutdown,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter({
      name: 'gateway_requests_refused_total',
      help: 'Requests that were refused early because there was too much to do.',
      labelNames: ['reason'],
    });
  }

  /** Headers that the answer has already stay. */
  refuse(reason: RefusalReason, request: IncomingMessage, response: ServerResponse): void {
    if (isOver(response)) return;
    this.refused.inc({ reason });
    this.log.note(reason);
    writeRefusal(request, response, this.shutdown.isUnderWay);
  }
}

/** Who has left while waiting is owed nothing, and who was told that the request is unreadable, nothing more. */
export function isOver({ destroyed, writableEnded }: ServerResponse): boolean {
  return destroyed || writableEnded;
}
