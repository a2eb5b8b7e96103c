import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { AdminRoute } from '../auth/decorators.js';
import { Metrics } from './metrics.js';

@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @AdminRoute('viewer')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  render(): Promise<string> {
    return this.metrics.render();
  }
}
