import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../tenant.js';

/** A name for a set of model patterns, so that many policies can be changed in one place. */
export interface ModelGroup {
  name: string;
  patterns: string[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

@Injectable()
export class ModelGroupRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Every group's patterns by its name. */
  async findAll(db: Prisma.TransactionClient = this.prisma): Promise<Record<string, string[]>> {
    const groups = await db.modelGroup.findMany({ select: { name: true, patterns: true } });
    return Object.fromEntries(groups.map(({ name, patterns }) => [name, patterns]));
  }

  /** A page of them by name, behind the name `after`. */
  async list({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<ModelGroup>> {
    const rows = await this.prisma.modelGroup.findMany({
      where: after === undefined ? {} : { name: { gt: after } },
      orderBy: { name: 'asc' },
      take: limit + 1,
    });
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  /** Locked until the transaction ends, also where there is none yet: its name is the operators' to choose. */
  async findForUpdate(name: string, db: Prisma.TransactionClient): Promise<ModelGroup | null> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`model_group ${name}`}, 0))`;
    return db.modelGroup.findUnique({ where: { name } });
  }

  async save(name: string, patterns: string[], db: Prisma.TransactionClient): Promise<ModelGroup> {
    const update = { patterns, version: { increment: 1 } };
    return db.modelGroup.upsert({ where: { name }, create: { name, patterns }, update });
  }

  async delete(name: string, db: Prisma.TransactionClient): Promise<void> {
    await db.modelGroup.delete({ where: { name } });
  }
}
