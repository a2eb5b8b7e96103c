import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../common/errors/gateway-error.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import type { NewTenant, Page, Tenant, TenantChanges, TenantPageRequest, TenantStatus } from './tenant.js';
import type { TenantPolicy } from './tenant-policy.js';

type Row = Prisma.TenantGetPayload<object>;

/** Prisma's code for a violated unique constraint. */
const UNIQUE_VIOLATION = 'P2002';

@Injectable()
export class TenantRepository {
  constructor(private readonly prisma: PrismaService) {}

  async create(id: string, tenant: NewTenant, db: Prisma.TransactionClient): Promise<Tenant> {
    const data = {
      id,
      name: tenant.name,
      externalId: tenant.externalId ?? null,
      tags: tenant.tags ?? {},
      policy: tenant.policy,
    };
    return toTenant(await unlessTaken(db.tenant.create({ data })));
  }

  /** A tenant that is not deleted. */
  async find(id: string, db: Prisma.TransactionClient = this.prisma): Promise<Tenant | null> {
    const row = await db.tenant.findUnique({ where: { id, deletedAt: null } });
    return row && toTenant(row);
  }

  /** The same, locked until the transaction ends, so that nobody changes it in between. */
  async findForUpdate(id: string, db: Prisma.TransactionClient): Promise<Tenant | null> {
    await db.$executeRaw`SELECT 1 FROM tenants WHERE id = ${id} FOR UPDATE`;
    return this.find(id, db);
  }

  /** Whether there is or was such a tenant. */
  async wasCreated(id: string): Promise<boolean> {
    return (await this.prisma.tenant.findUnique({ where: { id }, select: { id: true } })) !== null;
  }

  async update(id: string, changes: TenantChanges, db: Prisma.TransactionClient): Promise<Tenant> {
    const data = { ...changes, version: { increment: 1 } };
    return toTenant(await unlessTaken(db.tenant.update({ where: { id }, data })));
  }

  async setStatus(id: string, status: 'active' | 'suspended', db: Prisma.TransactionClient): Promise<Tenant> {
    return toTenant(await db.tenant.update({ where: { id }, data: { status, version: { increment: 1 } } }));
  }

  /** Gives the external id free; the name stays for reports. */
  async softDelete(id: string, db: Prisma.TransactionClient): Promise<Tenant> {
    const data = { deletedAt: new Date(), externalId: null, version: { increment: 1 } };
    return toTenant(await db.tenant.update({ where: { id }, data }));
  }

  /** `visible` limits the list to these tenants; null shows all. Throws a 400 when `after` is not one of them. */
  async list(visible: readonly string[] | null, request: TenantPageRequest): Promise<Page<Tenant>> {
    const where: Prisma.TenantWhereInput = {
      AND: [visible === null ? {} : { id: { in: [...visible] } }, statusFilter(request.status)],
      // To skip one row instead would skip another one when this one has left the list meanwhile.
      ...(request.after !== undefined && { id: { not: request.after } }),
      ...(request.externalId !== undefined && { externalId: request.externalId }),
      ...(request.name !== undefined && { name: { contains: escapeLike(request.name), mode: 'insensitive' } }),
      ...(request.tag && { tags: { path: [request.tag.name], equals: request.tag.value } }),
    };
    if (request.after !== undefined) await this.requireVisible(visible, request.after);
    const rows = await this.prisma.tenant.findMany({
      where,
      orderBy: [
        request.sort === 'name' ? { name: request.order } : { createdAt: request.order },
        { id: request.order },
      ],
      ...(request.after !== undefined && { cursor: { id: request.after } }),
      take: request.limit + 1,
    });
    return { items: rows.slice(0, request.limit).map(toTenant), hasMore: rows.length > request.limit };
  }

  private async requireVisible(visible: readonly string[] | null, id: string): Promise<void> {
    const known = visible === null || visible.includes(id) ? await this.prisma.tenant.count({ where: { id } }) : 0;
    if (known === 0) throw invalidRequest('after', 'after must be the id of a tenant of this list.');
  }
}

function statusFilter(status: TenantStatus | undefined): Prisma.TenantWhereInput {
  if (status === 'deleted') return { deletedAt: { not: null } };
  return { deletedAt: null, ...(status && { status }) };
}

// Prisma passes `%` and `_` on to LIKE, where a client could make them expensive.
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}

async function unlessTaken<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
      throw invalidRequest('external_id', 'external_id belongs to another tenant.', 'already_exists');
    }
    throw error;
  }
}

function toTenant(row: Row): Tenant {
  return {
    ...row,
    status: row.deletedAt ? 'deleted' : (row.status as TenantStatus),
    tags: row.tags as Record<string, string>,
    policy: row.policy as TenantPolicy,
  };
}
