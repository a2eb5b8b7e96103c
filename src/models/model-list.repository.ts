import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';

/** The last good answers to Bedrock's lists, for a start while AWS is away. */
@Injectable()
export class ModelListRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** What was saved last of each list that ever was. */
  async findAll(region: string): Promise<{ list: string; items: unknown }[]> {
    return this.prisma.modelList.findMany({ where: { region }, select: { list: true, items: true } });
  }

  /** Writes only what differs: replicas all learn the same. */
  async save(region: string, list: string, items: readonly object[]): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO model_lists (region, list, items) VALUES (${region}, ${list}, ${JSON.stringify(items)}::jsonb)
      ON CONFLICT (region, list) DO UPDATE SET items = excluded.items, updated_at = now()
      WHERE model_lists.items IS DISTINCT FROM excluded.items`;
  }
}
