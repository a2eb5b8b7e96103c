import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor as ActorType } from '../../audit/actor.js';
import { toIdempotency } from '../../audit/idempotency.js';
import type { AuthenticatedRequest } from '../../auth/principal.js';

/** The operator behind an admin request, with what the audit log and a retry need to know of the request. */
export const Actor = createParamDecorator((_: unknown, context: ExecutionContext): ActorType => {
  const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!request.admin) throw new Error('@Actor() needs an @AdminRoute()');
  const actor = { operator: request.admin, ipAddress: request.ip ?? null, requestId: request.requestId };
  const idempotency = request.method === 'POST' ? toIdempotency(request) : null;
  return idempotency === null ? actor : { ...actor, idempotency };
});
