import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Demand } from './share-out.js';

/** What another process wants. */
export interface OthersDemand extends Demand {
  quota: string;
}

/** After so long what a process has used, that is gone, is nearly nothing. */
const FORGOTTEN_AFTER_S = 180;

@Injectable()
export class QuotaDemandRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Replaces what the process wants, for `leaseMs`, and answers what all others want that live. What others have used
   * that are gone is missing at AWS all the same: they want just that, so by `partOf` it fills again at that pace, which
   * is by half in 42 s.
   */
  async exchange(processId: string, demands: ReadonlyMap<string, Demand>, leaseMs: number): Promise<OthersDemand[]> {
    const quotas = [...demands.keys()];
    const wanted = [...demands.values()];
    const [rows] = await this.prisma.$transaction([
      this.prisma.$queryRaw<OthersDemand[]>`
        SELECT quota, demand, weight, used_tokens AS "usedTokens", used_requests AS "usedRequests" FROM quota_demands
        WHERE process_id <> ${processId}::uuid AND expires_at >= now()
        UNION ALL
        SELECT quota, left_over * greatest(used_tokens, used_requests), 0, left_over * used_tokens, left_over * used_requests
        FROM (SELECT *, exp(-extract(epoch FROM now() - expires_at)::float8 / 60) AS left_over FROM quota_demands) AS gone
        WHERE process_id <> ${processId}::uuid AND expires_at < now() AND quota <> ''`,
      this.prisma.$executeRaw`
        DELETE FROM quota_demands WHERE (process_id = ${processId}::uuid AND quota <> ALL(${quotas}::text[]))
          OR expires_at < now() - ${FORGOTTEN_AFTER_S}::int * interval '1 second'`,
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

  /** What it has used stays. */
  async leave(processId: string): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE quota_demands SET expires_at = now() WHERE process_id = ${processId}::uuid AND expires_at > now()`;
  }
}
