import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { UsageReportService } from '../../billing/reports/usage-report.service.js';
import { DATA_PLANE_PREFIXES } from '../../common/http/prefixes.js';
import { Documented } from '../../openapi/documented.js';
import { completionsPageSchema, costsPageSchema, inputPageSchema } from './organization.schema.js';
import { toCompletionsResult, toCostsResult, toInputResult, toOrganizationPage } from './organization-page.js';
import {
  type OrganizationCostsQuery,
  organizationCostsQuerySchema,
  type OrganizationUsageQuery,
  organizationUsageQuerySchema,
  toBucketPage,
} from './organization-query.js';

const NAMES = ['project_id', 'user_id', 'api_key_id'] as const;
const USAGE_NAMES = [...NAMES, 'model'] as const;

/** OpenAI's own reports, for tools that are made for it. https://platform.openai.com/docs/api-reference/usage */
@ApiTags('reports')
@Controller(DATA_PLANE_PREFIXES.map((prefix) => `${prefix}/organization`))
export class OrganizationController {
  constructor(private readonly reports: UsageReportService) {}

  @Get('usage/completions')
  @Documented('Report the use of chat and completions in the shape of OpenAI', 200, completionsPageSchema)
  @AdminRoute('viewer', { ownTenants: true })
  completions(
    @Query({ schema: organizationUsageQuerySchema }) query: OrganizationUsageQuery,
    @Operator() { tenantIds }: AdminPrincipal,
  ) {
    return toOrganizationPage(this.reports, tenantIds, toBucketPage(query, 'chat'), toCompletionsResult, USAGE_NAMES);
  }

  @Get('usage/embeddings')
  @Documented('Report the use of embeddings in the shape of OpenAI', 200, inputPageSchema)
  @AdminRoute('viewer', { ownTenants: true })
  embeddings(
    @Query({ schema: organizationUsageQuerySchema }) query: OrganizationUsageQuery,
    @Operator() { tenantIds }: AdminPrincipal,
  ) {
    const page = toBucketPage(query, 'embeddings');
    return toOrganizationPage(this.reports, tenantIds, page, toInputResult('embeddings'), USAGE_NAMES);
  }

  @Get('usage/moderations')
  @Documented('Report the use of moderations in the shape of OpenAI', 200, inputPageSchema)
  @AdminRoute('viewer', { ownTenants: true })
  moderations(
    @Query({ schema: organizationUsageQuerySchema }) query: OrganizationUsageQuery,
    @Operator() { tenantIds }: AdminPrincipal,
  ) {
    const page = toBucketPage(query, 'moderation');
    return toOrganizationPage(this.reports, tenantIds, page, toInputResult('moderations'), USAGE_NAMES);
  }

  @Get('costs')
  @Documented('Report costs in the shape of OpenAI', 200, costsPageSchema)
  @AdminRoute('viewer', { ownTenants: true })
  costs(
    @Query({ schema: organizationCostsQuerySchema }) query: OrganizationCostsQuery,
    @Operator() { tenantIds }: AdminPrincipal,
  ) {
    return toOrganizationPage(this.reports, tenantIds, toBucketPage(query), toCostsResult, [...NAMES, 'line_item']);
  }
}
