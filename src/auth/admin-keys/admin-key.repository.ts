import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../../tenants/tenant.js';
import type { AdminRole } from '../principal.js';
import type { AdminKey, NewAdminKey } from './admin-key.js';

const COLUMNS = {
  id: true,
  name: true,
  role: true,
  tenantIds: true,
  prefix: true,
  lastFour: true,
  version: true,
  createdAt: true,
  createdBy: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
} satisfies Prisma.AdminKeySelect;

type Row = Prisma.AdminKeyGetPayload<{ select: typeof COLUMNS }>;

@Injectable()
export class AdminKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  async create(
    key: NewAdminKey & { id: string; createdBy: string; hash: Buffer<ArrayBuffer>; prefix: string; lastFour: string },
    db: Prisma.TransactionClient,
  ): Promise<AdminKey> {
    return toAdminKey(await db.adminKey.create({ data: key, select: COLUMNS }));
  }

  async find(id: string): Promise<AdminKey | null> {
    const row = await this.prisma.adminKey.findUnique({ where: { id }, select: COLUMNS });
    return row && toAdminKey(row);
  }

  async findForUpdate(id: string, db: Prisma.TransactionClient): Promise<AdminKey | null> {
    await db.$executeRaw`SELECT 1 FROM admin_keys WHERE id = ${id} FOR UPDATE`;
    const row = await db.adminKey.findUnique({ where: { id }, select: COLUMNS });
    return row && toAdminKey(row);
  }

  /** A key that is not revoked. */
  async findByDigest(digest: Buffer<ArrayBuffer>): Promise<AdminKey | null> {
    const row = await this.prisma.adminKey.findUnique({ where: { hash: digest, revokedAt: null }, select: COLUMNS });
    return row && toAdminKey(row);
  }

  async update(
    id: string,
    changes: { name?: string; expiresAt?: Date | null; revokedAt?: Date },
    db: Prisma.TransactionClient,
  ): Promise<AdminKey> {
    const data = { ...changes, version: { increment: 1 } };
    return toAdminKey(await db.adminKey.update({ where: { id }, data, select: COLUMNS }));
  }

  async list(request: { after?: string; limit: number }): Promise<Page<AdminKey>> {
    const cursor = request.after === undefined ? null : { id: request.after };
    if (cursor && !(await this.prisma.adminKey.findUnique({ where: cursor, select: { id: true } }))) {
      throw invalidRequest('after', 'after must be the id of an admin key.');
    }
    const rows = await this.prisma.adminKey.findMany({
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      ...(cursor && { cursor, skip: 1 }),
      take: request.limit + 1,
      select: COLUMNS,
    });
    return { items: rows.slice(0, request.limit).map(toAdminKey), hasMore: rows.length > request.limit };
  }
}

function toAdminKey(row: Row): AdminKey {
  return { ...row, role: row.role as AdminRole };
}
