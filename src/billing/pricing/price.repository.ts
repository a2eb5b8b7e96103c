import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { PerUnitPrices, Price } from './price.js';

type Row = Prisma.PriceGetPayload<{ omit: { createdAt: true } }>;

/** Prices that were set together are told apart by what they hold for. */
const ORDER = ['createdAt', 'tenantId', 'model', 'scope', 'region', 'tier', 'aboveTokens', 'effectiveFrom'].map(
  (field) => ({ [field]: 'asc' as const }),
);

/** Any constant serves: prices are set by one at a time. */
const PRICES_LOCK = 7_214_600_308;

/** The prices that operators have set. */
@Injectable()
export class PriceRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** In the order in which they were set. */
  async list(): Promise<Price[]> {
    const rows = await this.prisma.price.findMany({ omit: { createdAt: true }, orderBy: ORDER });
    return rows.map(toPrice);
  }

  /** Waits for others who are setting prices: two who set the same ones in another order would wait for each other. */
  async takeTurn(db: Prisma.TransactionClient): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(${PRICES_LOCK})`;
  }

  /** Answers false when there is a price of the same moment for the same thing: that one stays. */
  async create({ unit, perUnit, ...price }: Price, db: Prisma.TransactionClient): Promise<boolean> {
    const units = {
      perQuery: perUnit.query ?? null,
      perImage: perUnit.image ?? null,
      perTextUnit: perUnit.text_unit ?? null,
      perRequest: perUnit.request ?? null,
    };
    const { count } = await db.price.createMany({ data: { ...price, ...unit, ...units }, skipDuplicates: true });
    return count === 1;
  }
}

function toPrice(row: Row): Price {
  const {
    input,
    output,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    perQuery,
    perImage,
    perTextUnit,
    perRequest,
    ...price
  } = row;
  return {
    ...price,
    unit: { input, output, cacheRead, cacheWrite5m, cacheWrite1h },
    perUnit: toPerUnit({ query: perQuery, image: perImage, text_unit: perTextUnit, request: perRequest }),
  };
}

function toPerUnit(amounts: Record<keyof PerUnitPrices, bigint | null>): PerUnitPrices {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== null));
}
