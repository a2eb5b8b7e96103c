import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Demand } from './share-out.js';

/** What another process wants. */
export interface OthersDemand extends Demand {
  quota: string;
}

@Injectable()
export class QuotaDemandRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Replaces what the process wants, for `leaseMs`, and answers what all others want that live. */
  async exchange(processId: string, demands: ReadonlyMap<string, Demand>, leaseMs: number): Promise<OthersDemand[]> {
    const quotas = [...demands.keys()];
    const wanted = [...demands.values()];
    const [rows] = await this.prisma.$transaction([
      this.prisma.$queryRaw<OthersDemand[]>`
        SELECT quota, demand, weight, used_tokens AS "usedTokens", used_requests AS "usedRequests" FROM quota_demands
        WHERE process_id <> ${processId}::uuid AND expires_at >= now()`,
      this.prisma.$executeRaw`
        DELETE FROM quota_demands WHERE (process_id = ${processId}::uuid AND quota <> ALL(${quotas}::text[]))
          OR expires_at < now() - interval '1 minute'`,
      this.prisma.$executeRaw`
        INSERT INTO quota_demands (process_id, quota, demand, weight, used_tokens, used_requests, expires_at)
        SELECT ${processId}::uuid, *, now() + ${leaseMs}::float8 * interval '1 millisecond'
        FROM unnest(${quotas}::text[], ${wanted.map(({ demand }) => demand)}::float8[],
          ${wanted.map(({ weight }) => weight)}::int[], ${wanted.map(({ usedTokens }) => usedTokens)}::float8[],
          ${wanted.map(({ usedRequests }) => usedRequests)}::float8[])
        ON CONFLICT (process_id, quota) DO UPDATE
        SET demand = excluded.demand, weight = excluded.weight, used_tokens = excluded.used_tokens,
          used_requests = excluded.used_requests, expires_at = excluded.expires_at`,
    ]);
    return rows;
  }

  async leave(processId: string): Promise<void> {
    await this.prisma.$executeRaw`DELETE FROM quota_demands WHERE process_id = ${processId}::uuid`;
  }
}
