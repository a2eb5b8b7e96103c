import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { UnreadableRequests } from './unreadable-requests.js';

@Module({ imports: [MetricsModule], providers: [UnreadableRequests], exports: [UnreadableRequests] })
export class UnreadableModule {}
