import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Price } from './price.js';

/** The prices that operators have set. */
@Injectable()
export class PriceRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(): Promise<Price[]> {
    const rows = await this.prisma.price.findMany({ omit: { createdAt: true } });
    return rows.map(({ input, output, cacheRead, cacheWrite5m, cacheWrite1h, ...price }) => ({
      ...price,
      unit: { input, output, cacheRead, cacheWrite5m, cacheWrite1h },
    }));
  }

  /** Answers false when there is a price of the same moment for the same thing: that one stays. */
  async create({ unit, ...price }: Price, db: Prisma.TransactionClient): Promise<boolean> {
    const { input, output } = unit;
    if (input === null || output === null) {
      throw new RangeError('A stored price has an input and an output price.');
    }
    const { count } = await db.price.createMany({ data: { ...price, ...unit, input, output }, skipDuplicates: true });
    return count === 1;
  }
}
