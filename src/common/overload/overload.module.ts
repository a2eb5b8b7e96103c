import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { ShutdownModule } from '../shutdown/shutdown.module.js';
import { LoadShares } from './load-shares.js';
import { OverloadGuard } from './overload-guard.js';

@Module({
  imports: [MetricsModule, ShutdownModule],
  providers: [LoadShares, OverloadGuard],
  exports: [LoadShares, OverloadGuard],
})
export class OverloadModule {}
