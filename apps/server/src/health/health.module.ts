import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { EngineHealth } from '#temporal/engine-health.js';
import { DatabaseHealth } from './database.health.js';
import { HealthController } from './health.controller.js';
import { NamespaceHealth } from './namespace.health.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [EngineHealth, NamespaceHealth, DatabaseHealth],
})
export class HealthModule {}
