import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { listMigrations, listPendingMigrations, type AppliedMigration } from '../database/migrations.js';
import { PrismaService } from '../database/prisma.service.js';
import { SharedCheck } from './shared-check.js';

@Injectable()
export class DatabaseHealth {
  private readonly migrations = listMigrations();
  private readonly shared = new SharedCheck<HealthIndicatorResult>(
    () => this.ask(),
    () => this.indicators.check('database').down('The database does not answer in time.'),
  );

  constructor(
    private readonly prisma: PrismaService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Whether the database answers and has every migration that this version needs; as of a second ago at most. */
  check(): Promise<HealthIndicatorResult> {
    return this.shared.ask();
  }

  private async ask(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    try {
      const pending = await listPendingMigrations(
        { query: async (sql) => ({ rows: await this.prisma.$queryRawUnsafe<AppliedMigration[]>(sql) }) },
        await this.migrations,
      );
      return pending.length === 0 ? indicator.up() : indicator.down({ pendingMigrations: pending });
    } catch {
      return indicator.down('The database cannot be reached.');
    }
  }
}
