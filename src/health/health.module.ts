import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BedrockModule } from '../bedrock/bedrock.module.js';
import { LimitsModule } from '../billing/limits/limits.module.js';
import { ShutdownModule } from '../common/shutdown/shutdown.module.js';
import { DatabaseHealth } from './database.health.js';
import { HealthController } from './health.controller.js';
import { LimitsHealth } from './limits.health.js';

@Module({
  imports: [BedrockModule, LimitsModule, ShutdownModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [DatabaseHealth, LimitsHealth],
})
export class HealthModule {}
