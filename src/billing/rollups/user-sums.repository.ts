import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../database/prisma.service.js';

/** Any constant serves: replicas take turns by it. */
const SUMS_LOCK = 7_214_600_307;
/** On a machine that is busy, a month of a tenant with millions of events. */
const SUM_TIMEOUT_MS = 120_000;

/** A day or month of a tenant. */
export interface UserUnit {
  tenantId: string;
  unit: string;
  startsAt: Date;
}

/** Sums by end user, of days and months that are over. */
@Injectable()
export class UserSumsRepository {
  /** The server process that sums now. */
  private backend: number | undefined;

  constructor(private readonly prisma: PrismaService) {}

  /** Names the units that are to be summed: those since then of at least so many attempts. */
  async begin(leastAttempts: number, since: Date): Promise<void> {
    await this.prisma.$queryRaw`SELECT usage_users_begin(${leastAttempts}, ${since})::text`;
    // A transaction of its own: from here on every writer sees their names.
    await this.prisma.$queryRaw`SELECT usage_users_arm()::text`;
  }

  /** The units that are named and not summed yet, days before their month. */
  async list(): Promise<UserUnit[]> {
    return this.prisma.usageUserUnit.findMany({
      select: { tenantId: true, unit: true, startsAt: true },
      where: { isSummed: false },
      orderBy: [{ unit: 'asc' }, { startsAt: 'asc' }, { tenantId: 'asc' }],
    });
  }

  /** `later`: a writer that began before must end first, or one came too late meanwhile. `busy`: another replica is at it. */
  async sum({ tenantId, unit, startsAt }: UserUnit): Promise<'summed' | 'later' | 'busy'> {
    try {
      return await this.prisma.$transaction(
        async (db) => {
          const [lock] = await db.$queryRaw<{ taken: boolean; backend: number }[]>`
            SELECT pg_try_advisory_xact_lock(${SUMS_LOCK}) AS taken, pg_backend_pid() AS backend,
              set_config('statement_timeout', ${String(SUM_TIMEOUT_MS)}, true)`;
          if (!lock?.taken) return 'busy';
          this.backend = lock.backend;
          const [row] = await db.$queryRaw<{ summed: boolean }[]>`
            SELECT usage_users_sum(${tenantId}, ${unit}, ${startsAt}) AS summed`;
          return row?.summed ? 'summed' : 'later';
        },
        { timeout: SUM_TIMEOUT_MS },
      );
    } finally {
      this.backend = undefined;
    }
  }

  /** Ends what is being summed: it has then done nothing. */
  async cancel(): Promise<void> {
    if (this.backend !== undefined) await this.prisma.$queryRaw`SELECT pg_cancel_backend(${this.backend}::integer)`;
  }
}
