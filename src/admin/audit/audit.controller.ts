import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AuditFilter } from '../../audit/audit.repository.js';
import { AuditService } from '../../audit/audit.service.js';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { notFound } from '../../common/errors/gateway-error.js';
import { Documented } from '../../openapi/documented.js';
import { toListBody } from '../http/fields.js';
import {
  auditHeadSchema,
  auditListSchema,
  type AuditQuery,
  auditQuerySchema,
  auditVerdictSchema,
  toAuditEntryBody,
  toAuditHeadBody,
  toAuditVerdictBody,
  type VerificationQuery,
  verificationQuerySchema,
} from './audit.schema.js';

@ApiTags('audit')
@Controller('admin/v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('List changes, newest first', 200, auditListSchema)
  async list(@Query({ schema: auditQuerySchema }) query: AuditQuery, @Operator() operator: AdminPrincipal) {
    const before = query.after === undefined ? null : BigInt(query.after);
    const { entries, hasMore } = await this.audit.list(toFilter(query, operator), before, query.limit);
    return toListBody(entries.map(toAuditEntryBody), hasMore);
  }

  /** The end of the chain, to be kept elsewhere: it is what a log that was cut off is recognised by. */
  @Get('head')
  @AdminRoute('viewer')
  @Documented('Read the signed end of the audit log', 200, auditHeadSchema)
  async head() {
    const head = await this.audit.findHead();
    if (!head) throw notFound('The audit log is empty.', 'audit_log_empty');
    return toAuditHeadBody(head, this.audit.publicKeyPem);
  }

  @Get('verify')
  @AdminRoute('viewer')
  @Documented('Check that the audit log is whole', 200, auditVerdictSchema)
  async verify(@Query({ schema: verificationQuerySchema }) { seq, hash }: VerificationQuery) {
    const known =
      seq !== undefined && hash !== undefined ? { seq: BigInt(seq), hash: Buffer.from(hash, 'hex') } : undefined;
    return toAuditVerdictBody(await this.audit.verify(known), this.audit.publicKeyPem);
  }
}

function toFilter(query: AuditQuery, operator: AdminPrincipal): AuditFilter {
  const asked = query.tenant_id === undefined ? operator.tenantIds : [query.tenant_id];
  return {
    tenantIds: asked && operator.tenantIds ? asked.filter((id) => operator.tenantIds?.includes(id)) : asked,
    ...(query.action !== undefined && { action: query.action }),
    ...(query.actor_id !== undefined && { actorId: query.actor_id }),
    ...(query.resource_id !== undefined && { resourceId: query.resource_id }),
    ...(query.from && { from: query.from }),
    ...(query.to && { to: query.to }),
  };
}
