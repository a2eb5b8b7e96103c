import { invalidRequest } from '../common/errors/gateway-error.js';
import type { Prisma } from '../database/generated/client.js';

/** Whose a rule of the operators is; an empty id is everyone's. */
interface Owner {
  tenantId: string;
  keyId?: string;
}

/**
 * A rule of a tenant or key that does not exist would bind nobody, and nobody would notice.
 * @param where what stands before the name of the field, as in `data[0].`
 * @throws GatewayError 400 that names the field
 */
export async function requireOwner(
  { tenantId, keyId = '' }: Owner,
  db: Prisma.TransactionClient,
  where = '',
): Promise<void> {
  if (tenantId !== '' && (await db.tenant.count({ where: { id: tenantId, deletedAt: null } })) === 0) {
    throw missing('tenant', where);
  }
  if (keyId !== '' && (await db.apiKey.count({ where: { tenantId, id: keyId } })) === 0) throw missing('key', where);
}

/** @throws GatewayError 400 that names the first of them that does not exist */
export async function requireTenants(
  field: string,
  ids: readonly string[],
  db: Prisma.TransactionClient,
): Promise<void> {
  if (ids.length === 0) return;
  const tenants = await db.tenant.findMany({ where: { id: { in: [...ids] }, deletedAt: null }, select: { id: true } });
  const known = new Set(tenants.map(({ id }) => id));
  const index = ids.findIndex((id) => !known.has(id));
  if (index !== -1) throw invalidRequest(`${field}[${index}]`, `${field}[${index}] must be the id of a tenant.`);
}

function missing(kind: 'tenant' | 'key', where: string) {
  return invalidRequest(`${where}${kind}_id`, `${where}${kind}_id must be the id of a ${kind}.`);
}
