import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { ShutdownModule } from '../shutdown/shutdown.module.js';
import { BodyGate } from './body-gate.js';
import { HeldBytes } from './held-bytes.js';
import { LoadShares } from './load-shares.js';
import { OverloadGuard } from './overload-guard.js';
import { Refusals } from './refusals.js';

@Module({
  imports: [MetricsModule, ShutdownModule],
  providers: [BodyGate, HeldBytes, LoadShares, OverloadGuard, Refusals],
  exports: [BodyGate, LoadShares, OverloadGuard],
})
export class OverloadModule {}
