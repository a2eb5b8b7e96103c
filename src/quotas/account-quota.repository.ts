import { Injectable } from '@nestjs/common';
import { GatewayError, invalidRequest } from '../common/errors/gateway-error.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Page } from '../tenants/tenant.js';
import type { AccountQuota, NewQuota, QuotaAmounts } from './account-quota.js';

const UNIQUE_VIOLATION = 'P2002';

type Row = Prisma.AccountQuotaGetPayload<object>;

@Injectable()
export class AccountQuotaRepository {
  constructor(private readonly prisma: PrismaService) {}

  async listAll(): Promise<AccountQuota[]> {
    const rows = await this.prisma.accountQuota.findMany();
    return rows.map(toQuota);
  }

  /**
   * By model and region.
   * @throws GatewayError 400 when there is no such quota as `after`
   */
  async list({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<AccountQuota>> {
    if (after !== undefined && (await this.find(after)) === null) {
      throw invalidRequest('after', 'after must be the id of an account quota.');
    }
    const rows = await this.prisma.accountQuota.findMany({
      orderBy: [{ model: 'asc' }, { region: 'asc' }],
      ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
      take: limit + 1,
    });
    return { items: rows.slice(0, limit).map(toQuota), hasMore: rows.length > limit };
  }

  async find(id: string): Promise<AccountQuota | null> {
    const row = await this.prisma.accountQuota.findUnique({ where: { id } });
    return row && toQuota(row);
  }

  /** The same, locked until the transaction ends. */
  async findForUpdate(id: string, db: Prisma.TransactionClient): Promise<AccountQuota | null> {
    await db.$executeRaw`SELECT 1 FROM account_quotas WHERE id = ${id} FOR UPDATE`;
    const row = await db.accountQuota.findUnique({ where: { id } });
    return row && toQuota(row);
  }

  /** @throws GatewayError 409 when the model has a quota in this region */
  async create(id: string, quota: NewQuota, db: Prisma.TransactionClient): Promise<AccountQuota> {
    try {
      return toQuota(await db.accountQuota.create({ data: { id, ...quota } }));
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
        throw new GatewayError('This model has a quota in this region already: change it instead.', {
          status: 409,
          type: 'invalid_request_error',
          code: 'already_exists',
        });
      }
      throw error;
    }
  }

  async update(id: string, amounts: Partial<QuotaAmounts>, db: Prisma.TransactionClient): Promise<AccountQuota> {
    return toQuota(await db.accountQuota.update({ where: { id }, data: { ...amounts, version: { increment: 1 } } }));
  }

  async delete(id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.accountQuota.delete({ where: { id } });
  }
}

function toQuota({ tokensPerMinute, requestsPerMinute, ...row }: Row): AccountQuota {
  return {
    ...row,
    tokensPerMinute: tokensPerMinute === null ? null : Number(tokensPerMinute),
    requestsPerMinute: requestsPerMinute === null ? null : Number(requestsPerMinute),
  };
}
