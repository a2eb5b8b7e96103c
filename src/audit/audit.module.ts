import { Module } from '@nestjs/common';
import { AdminChanges } from './admin-changes.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditSigner } from './audit-signer.js';
import { IdempotentAnswers } from './idempotent-answers.js';

@Module({
  providers: [AdminChanges, AuditRepository, AuditService, AuditSigner, IdempotentAnswers],
  exports: [AdminChanges, AuditService],
})
export class AuditModule {}
