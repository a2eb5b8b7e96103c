import type { AdminPrincipal } from '../auth/principal.js';
import type { Idempotency } from './idempotency.js';

/** Who makes a change, from where, and in which request. */
export interface Actor {
  operator: Pick<AdminPrincipal, 'id' | 'name' | 'role' | 'tenantIds'>;
  ipAddress: string | null;
  requestId: string | null;
  /** Set when the client sent `Idempotency-Key`: the same key with the same request gets the first answer again. */
  idempotency?: Idempotency;
}

/** The gateway itself, for what it sets up at its start. */
export const SYSTEM_ACTOR: Actor = {
  operator: { id: 'system', name: 'system', role: 'owner', tenantIds: null },
  ipAddress: null,
  requestId: null,
};
