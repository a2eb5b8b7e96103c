import { Injectable } from '@nestjs/common';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import type { AuditEntry, ChainedEntry } from './audit-entry.js';

/** The end of the chain. */
export interface AuditHead {
  seq: bigint;
  hash: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

export interface AuditFilter {
  tenantIds: readonly string[] | null;
  action?: string;
  actorId?: string;
  resourceId?: string;
  from?: Date;
  to?: Date;
}

type Row = Prisma.AuditEntryGetPayload<object>;

/** The audit log: it is only ever appended to, which a trigger also sees to. */
@Injectable()
export class AuditRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The head under a lock that lasts until the transaction ends: it puts entries into the order of commits. */
  async lockHead(db: Prisma.TransactionClient): Promise<AuditHead | null> {
    await db.$executeRaw`LOCK TABLE audit_head IN EXCLUSIVE MODE`;
    return db.auditHead.findUnique({ where: { id: 1 } });
  }

  async append(
    entry: AuditEntry,
    hashes: { previousHash: Uint8Array<ArrayBuffer>; hash: Uint8Array<ArrayBuffer> },
    db: Prisma.TransactionClient,
  ): Promise<void> {
    const { before, after, ...columns } = entry;
    await db.auditEntry.create({ data: { ...columns, before: toJson(before), after: toJson(after), ...hashes } });
  }

  async setHead(head: AuditHead, db: Prisma.TransactionClient): Promise<void> {
    await db.auditHead.upsert({ where: { id: 1 }, create: head, update: head });
  }

  async findHead(): Promise<AuditHead | null> {
    return this.prisma.auditHead.findUnique({ where: { id: 1 } });
  }

  /** Newest first, `take` entries below `before`. */
  async list(filter: AuditFilter, before: bigint | null, take: number): Promise<AuditEntry[]> {
    const rows = await this.prisma.auditEntry.findMany({
      where: {
        ...(before !== null && { seq: { lt: before } }),
        ...(filter.tenantIds && { tenantId: { in: [...filter.tenantIds] } }),
        ...(filter.action !== undefined && { action: filter.action }),
        ...(filter.actorId !== undefined && { actorId: filter.actorId }),
        ...(filter.resourceId !== undefined && { resourceId: filter.resourceId }),
        ...((filter.from || filter.to) && {
          at: { ...(filter.from && { gte: filter.from }), ...(filter.to && { lt: filter.to }) },
        }),
      },
      orderBy: { seq: 'desc' },
      take,
    });
    return rows.map(toEntry);
  }

  /** Entries in the order of the chain, `take` of them above `after`. */
  async listChain(after: bigint, take: number): Promise<ChainedEntry[]> {
    const rows = await this.prisma.auditEntry.findMany({
      where: { seq: { gt: after } },
      orderBy: { seq: 'asc' },
      take,
    });
    return rows.map(toEntry);
  }
}

function toJson(value: object | null): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null ? Prisma.DbNull : (JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject);
}

function toEntry(row: Row): ChainedEntry {
  return { ...row, before: row.before as object | null, after: row.after as object | null };
}
