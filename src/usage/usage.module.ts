import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BillingModule } from '../billing/billing.module.js';
import { BudgetHeadersInterceptor } from './budget-headers.interceptor.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

/** What tenants are told of their own use. */
@Module({
  imports: [BillingModule],
  controllers: [UsageController],
  providers: [UsageService, { provide: APP_INTERCEPTOR, useClass: BudgetHeadersInterceptor }],
})
export class UsageModule {}
