import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { EngineHealth } from '#temporal/engine-health.js';
import { PollingHealth } from './polling.health.js';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly engine: EngineHealth,
    private readonly polling: PollingHealth,
  ) {}

  /** The process is up and answers. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** The engine is reachable, the namespace is there, and this worker asks for work. */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.engine.check(), () => this.polling.check()]);
  }
}
