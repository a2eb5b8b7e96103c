import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { AccountQuotaRepository } from './account-quota.repository.js';
import { AccountQuotaService } from './account-quota.service.js';
import { QuotaBook } from './quota-book.js';
import { QuotaDemandRepository } from './quota-demand.repository.js';
import { QuotaShares } from './quota-shares.js';

/** What the AWS account may ask of Bedrock in a minute. */
@Module({
  imports: [AuditModule, AuthModule],
  providers: [AccountQuotaRepository, AccountQuotaService, QuotaBook, QuotaDemandRepository, QuotaShares],
  exports: [AccountQuotaService, QuotaBook, QuotaShares],
})
export class QuotasModule {}
