import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor as ActorType } from '../../audit/actor.js';
import { canonicalJson } from '../../audit/audit-entry.js';
import type { AuthenticatedRequest } from '../../auth/principal.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';

/** The operator behind an admin request, with what the audit log and a retry need to know of the request. */
export const Actor = createParamDecorator((_: unknown, context: ExecutionContext): ActorType => {
  const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!request.admin) throw new Error('@Actor() needs an @AdminRoute()');
  const actor = { operator: request.admin, ipAddress: request.ip ?? null, requestId: request.requestId };
  const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
  if (key === undefined) return actor;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidRequest('idempotency-key', 'Idempotency-Key must be 1 to 255 printable characters without spaces.');
  }
  return { ...actor, idempotency: { key, fingerprint: fingerprint(request) } };
});

function fingerprint(request: AuthenticatedRequest): Buffer<ArrayBuffer> {
  const content = canonicalJson([request.method, request.originalUrl, request.body ?? null]);
  return createHash('sha256').update(content).digest();
}
