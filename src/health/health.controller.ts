import { Controller, Get, Res } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { Public } from '../auth/decorators.js';
import { BedrockReach } from '../bedrock/bedrock-reach.js';
import { Shutdown } from '../common/shutdown/shutdown.js';
import { DatabaseHealth } from './database.health.js';
import { LimitsHealth } from './limits.health.js';

@Controller()
@Public()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealth,
    private readonly limits: LimitsHealth,
    private readonly bedrock: BedrockReach,
    private readonly shutdown: Shutdown,
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

  /** The same at the address and in the words of the predecessor, whose load balancers ask there. */
  @Get('health')
  predecessors(): { status: 'OK' } {
    return { status: 'OK' };
  }

  /** 200 when requests can be served; 503 when the process is about to end, or the database is away or not migrated. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const result = await this.health
      .check([() => this.database.check(), () => this.limits.check()])
      .catch((error: { getResponse(): HealthCheckResult }) => error.getResponse());
    const status = this.shutdown.isUnderWay ? 'shutting_down' : result.status;
    response.status(status === 'ok' ? 200 : 503);
    // Information only: another replica would not reach Bedrock either.
    return { ...result, status, details: { ...result.details, bedrock: this.bedrock.report() } };
  }
}
