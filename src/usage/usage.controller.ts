import { Controller, Get, Query } from '@nestjs/common';
import { Caller, Endpoint } from '../auth/decorators.js';
import type { KeyPrincipal } from '../auth/principal.js';
import { DATA_PLANE_PREFIXES } from '../common/http/prefixes.js';
import { toOwnUsage, type UsageQuery, usageQuerySchema } from './usage.schema.js';
import { UsageService } from './usage.service.js';

/** Extension: what a key and its tenant have used, and what is left of their budgets. */
@Controller(DATA_PLANE_PREFIXES)
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('usage')
  @Endpoint('usage')
  async read(@Caller() caller: KeyPrincipal, @Query({ schema: usageQuerySchema }) query: UsageQuery) {
    return toOwnUsage(caller, query, await this.usage.read(caller, query));
  }
}
