import { Controller, Get, Res } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { Public } from '../auth/decorators.js';
import { DatabaseHealth } from './database.health.js';
import { LimitsHealth } from './limits.health.js';

@Controller()
@Public()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealth,
    private readonly limits: LimitsHealth,
  ) {}

  /** Some clients ask for the root before their first call; it says what serves here and nothing else. */
  @Get()
  root(): { service: string } {
    return { service: 'bedrock-gateway' };
  }

  /** 200 as long as the process serves. */
  @Get('healthz')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when requests can be served; 503 with the reasons when the database is away or lacks migrations. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthCheckResult> {
    const result = await this.health
      .check([() => this.database.check(), () => this.limits.check()])
      .catch((error: { getResponse(): HealthCheckResult }) => error.getResponse());
    response.status(result.status === 'ok' ? 200 : 503);
    return result;
  }
}
