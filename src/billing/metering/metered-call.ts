import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../../auth/decorators.js';
import type { KeyPrincipal } from '../../auth/principal.js';
import type { AttemptMeter } from '../../bedrock/upstream-attempt.js';
import { HttpClient, type WaitingClient } from '../../common/http/waiting-client.js';
import { type MeteredRequest, meterOf } from './metered-request.js';

/** A call that costs something: who asks, where its use is written, and who waits for the answer. */
export interface MeteredCall {
  principal: KeyPrincipal;
  meter: AttemptMeter;
  client: WaitingClient;
  requestId: string;
}

/**
 * The call of a data-plane request that is billed. One parameter, since Nest sends each of its own through all pipes.
 * @throws Error on a route without the interceptor that bills
 */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): MeteredCall => {
  const http = context.switchToHttp();
  const request = http.getRequest<MeteredRequest>();
  const client = new HttpClient(request, http.getResponse<Response>());
  return { principal: callerOf(request), meter: meterOf(request), client, requestId: request.requestId };
});
