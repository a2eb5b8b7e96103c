import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { LimitKind, LimitRule, LimitWindow, RateLimit } from './rate-limit.js';

/** Prisma's code for a violated unique constraint. */
const UNIQUE_VIOLATION = 'P2002';

type Row = Prisma.RateLimitGetPayload<object>;

/** The limits that operators have set. */
@Injectable()
export class RateLimitRepository {
  constructor(private readonly prisma: PrismaService) {}

  async listAll(): Promise<RateLimit[]> {
    return (await this.prisma.rateLimit.findMany()).map(toRateLimit);
  }

  /** Those of the tenants that the reader may see, null sees all; at most `limit`, after the id of the last page's end. */
  async list(
    visible: readonly string[] | null,
    { tenantId, after, limit }: { tenantId?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<{ items: RateLimit[]; hasMore: boolean }> {
    const rows = await this.prisma.rateLimit.findMany({
      where: {
        ...(visible && { tenantId: { in: [...visible] } }),
        ...(tenantId !== undefined && { AND: { tenantId } }),
        ...(after !== undefined && { id: { gt: after } }),
      },
      orderBy: { id: 'asc' },
      take: limit + 1,
    });
    return { items: rows.slice(0, limit).map(toRateLimit), hasMore: rows.length > limit };
  }

  async find(id: string): Promise<RateLimit | null> {
    const row = await this.prisma.rateLimit.findUnique({ where: { id } });
    return row && toRateLimit(row);
  }

  /** The same, locked until the transaction ends. */
  async findForUpdate(id: string, db: Prisma.TransactionClient): Promise<RateLimit | null> {
    await db.$executeRaw`SELECT 1 FROM rate_limits WHERE id = ${id} FOR UPDATE`;
    const row = await db.rateLimit.findUnique({ where: { id } });
    return row && toRateLimit(row);
  }

  /** Throws a 409 when the scope already has a limit of this kind and window. */
  async create(id: string, rule: LimitRule, db: Prisma.TransactionClient): Promise<RateLimit> {
    try {
      return toRateLimit(await db.rateLimit.create({ data: { id, ...rule } }));
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
        throw new GatewayError('There is such a limit already: change it instead.', {
          status: 409,
          type: 'invalid_request_error',
          code: 'already_exists',
        });
      }
      throw error;
    }
  }

  async setAmount(id: string, amount: number | null, db: Prisma.TransactionClient): Promise<RateLimit> {
    return toRateLimit(await db.rateLimit.update({ where: { id }, data: { amount, version: { increment: 1 } } }));
  }

  async delete(id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.rateLimit.delete({ where: { id } });
  }
}

function toRateLimit({ kind, window, amount, ...row }: Row): RateLimit {
  return {
    ...row,
    kind: kind as LimitKind,
    window: window as LimitWindow | '',
    amount: amount === null ? null : Number(amount),
  };
}
