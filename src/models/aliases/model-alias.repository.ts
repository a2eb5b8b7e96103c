import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Prisma } from '../../database/generated/client.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../../tenants/tenant.js';
import type { ModelAlias } from './model-alias.js';

const UNIQUE_VIOLATION = 'P2002';

const targetsSchema = z.array(z.object({ model: z.string(), weight: z.int().positive() }));

type Row = Prisma.ModelAliasGetPayload<object>;

/** The tenants whose aliases are meant; null: all. */
export type VisibleTenants = readonly string[] | null;

export interface AliasPageRequest {
  tenantId?: string | undefined;
  /** Id of the last alias of the page before. */
  after?: string | undefined;
  limit: number;
  order: 'asc' | 'desc';
}

@Injectable()
export class ModelAliasRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** All of them, by name. */
  async listAll(): Promise<ModelAlias[]> {
    const rows = await this.prisma.modelAlias.findMany({ orderBy: [{ name: 'asc' }, { tenantId: 'asc' }] });
    return rows.map(toAlias);
  }

  /**
   * Of these tenants and of everyone, by name; only of `tenantId` where it is set.
   * @throws GatewayError 400 when `after` is none that the reader may see
   */
  async list(tenants: VisibleTenants, { tenantId, after, limit, order }: AliasPageRequest): Promise<Page<ModelAlias>> {
    if (after !== undefined && (await this.find(tenants, after)) === null) {
      throw invalidRequest('after', 'after must be the id of an alias of this list.');
    }
    const rows = await this.prisma.modelAlias.findMany({
      where: {
        AND: [
          tenants === null ? {} : { tenantId: { in: ['', ...tenants] } },
          tenantId === undefined ? {} : { tenantId },
        ],
      },
      orderBy: [{ name: order }, { tenantId: order }],
      ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
      take: limit + 1,
    });
    return { items: rows.slice(0, limit).map(toAlias), hasMore: rows.length > limit };
  }

  async find(tenants: VisibleTenants, id: string): Promise<ModelAlias | null> {
    const row = await this.prisma.modelAlias.findUnique({
      where: { id, ...(tenants === null ? {} : { tenantId: { in: ['', ...tenants] } }) },
    });
    return row && toAlias(row);
  }

  async findForUpdate(tenantId: string, id: string, db: Prisma.TransactionClient): Promise<ModelAlias | null> {
    await db.$executeRaw`SELECT 1 FROM model_aliases WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
    const row = await db.modelAlias.findUnique({ where: { tenantId_id: { tenantId, id } } });
    return row && toAlias(row);
  }

  /** @throws GatewayError 400 when the tenant has an alias of this name */
  async create(
    tenantId: string,
    { id, name, targets, fallbacks }: Pick<ModelAlias, 'id' | 'name' | 'targets' | 'fallbacks'>,
    db: Prisma.TransactionClient,
  ): Promise<ModelAlias> {
    const data = { tenantId, id, name, targets: targets.map((target) => ({ ...target })), fallbacks };
    try {
      return toAlias(await db.modelAlias.create({ data }));
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
        throw invalidRequest('name', `There is an alias with the name '${name}'.`, 'already_exists');
      }
      throw error;
    }
  }

  async update(
    tenantId: string,
    id: string,
    { targets, fallbacks }: Pick<ModelAlias, 'targets' | 'fallbacks'>,
    db: Prisma.TransactionClient,
  ): Promise<ModelAlias> {
    const data = { targets: targets.map((target) => ({ ...target })), fallbacks, version: { increment: 1 } };
    return toAlias(await db.modelAlias.update({ where: { tenantId_id: { tenantId, id } }, data }));
  }

  async delete(tenantId: string, id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.modelAlias.delete({ where: { tenantId_id: { tenantId, id } } });
  }
}

function toAlias({ targets, ...row }: Row): ModelAlias {
  return { ...row, targets: targetsSchema.parse(targets) };
}
