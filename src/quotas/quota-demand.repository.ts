import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Demand, Part } from './share-out.js';

/** What a process says of a quota. */
export interface QuotaDemand extends Demand {
  quota: string;
  held: Part;
}

/** What another says. */
export interface OthersDemand extends QuotaDemand {
  /** Null for all that are gone. */
  processId: string | null;
}

/** After so long what a process has used, that is gone, is nearly nothing. */
const FORGOTTEN_AFTER_S = 180;

@Injectable()
export class QuotaDemandRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * What all others say that live. What others have used that are gone is missing at AWS all the same: they want just
   * that, so by `partOf` it fills again at that pace, which is by half in 42 s.
   */
  async ofOthers(processId: string): Promise<OthersDemand[]> {
    return await this.prisma.$queryRaw<OthersDemand[]>`
      SELECT process_id AS "processId", quota, demand, weight, used_tokens AS "usedTokens",
        used_requests AS "usedRequests",
        json_build_object('rate', held_rate, 'tokens', held_tokens, 'requests', held_requests) AS held
      FROM quota_demands
      WHERE process_id <> ${processId}::uuid AND expires_at >= now()
      UNION ALL
      SELECT NULL, quota, left_over * greatest(used_tokens, used_requests), 0, left_over * used_tokens,
        left_over * used_requests, json_build_object('rate', 0, 'tokens', 0, 'requests', 0)
      FROM (SELECT *, exp(-extract(epoch FROM now() - expires_at)::float8 / 60) AS left_over FROM quota_demands) AS gone
      WHERE process_id <> ${processId}::uuid AND expires_at < now() AND quota <> ''`;
  }

  /** Replaces what the process says, for `leaseMs`. */
  async say(processId: string, demands: readonly QuotaDemand[], leaseMs: number): Promise<void> {
    const quotas = demands.map(({ quota }) => quota);
    await this.prisma.$transaction([
      this.prisma.$executeRaw`
        DELETE FROM quota_demands WHERE (process_id = ${processId}::uuid AND quota <> ALL(${quotas}::text[]))
          OR expires_at < now() - ${FORGOTTEN_AFTER_S}::int * interval '1 second'`,
      this.prisma.$executeRaw`
        INSERT INTO quota_demands (process_id, quota, demand, weight, used_tokens, used_requests, held_rate, held_tokens,
          held_requests, expires_at)
        SELECT ${processId}::uuid, *, now() + ${leaseMs}::float8 * interval '1 millisecond'
        FROM unnest(${quotas}::text[], ${demands.map(({ demand }) => demand)}::float8[],
          ${demands.map(({ weight }) => weight)}::int[], ${demands.map(({ usedTokens }) => usedTokens)}::float8[],
          ${demands.map(({ usedRequests }) => usedRequests)}::float8[],
          ${demands.map(({ held }) => held.rate)}::float8[], ${demands.map(({ held }) => held.tokens)}::float8[],
          ${demands.map(({ held }) => held.requests)}::float8[])
        ON CONFLICT (process_id, quota) DO UPDATE
        SET demand = excluded.demand, weight = excluded.weight, used_tokens = excluded.used_tokens,
          used_requests = excluded.used_requests, held_rate = excluded.held_rate, held_tokens = excluded.held_tokens,
          held_requests = excluded.held_requests, expires_at = excluded.expires_at`,
    ]);
  }

  /** What it has used stays. */
  async leave(processId: string): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE quota_demands SET expires_at = now() WHERE process_id = ${processId}::uuid AND expires_at > now()`;
  }
}
