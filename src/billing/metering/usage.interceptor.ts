import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Handle, InnerInterceptor } from '../inner-interceptor.js';
import { EndUsers } from './end-users.js';
import { toLimitHeaders } from '../limits/limit-headers.js';
import type { MeteredRequest } from './metered-request.js';
import { MeteredStream } from './metered-stream.js';
import { StreamDrains } from './stream-drains.js';
import type { UsageMeter } from './usage-meter.js';
import { UsageMeters } from './usage-meters.js';
import { onClose } from '../../common/http/on-close.js';
import { offCut, onCut } from '../../common/http/on-cut.js';

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * Gives a request of a tenant key its meter and lets no result out whose attempts are not durable: a value waits for
 * them, a stream is wrapped. Whatever the handler left open is settled here.
 */
@Injectable()
export class UsageInterceptor implements InnerInterceptor {
  constructor(
    private readonly meters: UsageMeters,
    private readonly drains: StreamDrains,
    private readonly endUsers: EndUsers,
  ) {}

  intercept(request: MeteredRequest, response: Response, handle: Handle): Promise<unknown> {
    const meter = this.open(request, response);
    const settled = this.settled(handle, meter, response);
    this.drains.working(settled, meter);
    return settled;
  }

  /** A function of its own, since its callbacks live as long as the answer: they must not hold the handler's arguments. */
  private open(request: MeteredRequest, response: Response): UsageMeter {
    if (!request.principal) {
      throw new Error('The usage interceptor needs a route that is guarded by a tenant key.');
    }
    const { tenantId, tenantName, keyId, keyName, tags } = request.principal;
    const endUser = this.endUsers.attribute(request.principal, request.body);
    const payer = { tenantId, tenantName, keyId, keyName, tags, endUser };
    const meter = this.meters.open(request.principal, payer, request.requestId, (states) => {
      if (!response.headersSent) {
        response.set(toLimitHeaders(states));
      }
    });
    request.meter = meter;
    onClose(response, () => {
      if (!response.writableFinished) {
        meter.clientLeft();
      }
    });
    return meter;
  }

  private async settled(handle: Handle, meter: UsageMeter, response: Response): Promise<unknown> {
    // Nothing waits for a value once the process ends; a stream is drained.
    const cut = () => {
      meter.clientLeft();
      meter.abort();
    };
    onCut(response, cut);
    let result: unknown;
    try {
      result = await handle();
    } catch (error) {
      await meter.close('error');
      throw error;
    } finally {
      offCut(response, cut);
    }
    if (isAsyncIterable(result)) {
      return new MeteredStream(result, meter, this.drains);
    }
    await meter.close('error');
    return result;
  }
}
