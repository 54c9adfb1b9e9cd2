import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { EngineHealth } from '#temporal/engine-health.js';
import { NamespaceHealth } from './namespace.health.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly engine: EngineHealth,
    private readonly namespace: NamespaceHealth,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'The process is up and answers' })
  @HealthCheck({ swaggerDocumentation: false })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @ApiOperation({ summary: 'The engine is reachable and the namespace is set up' })
  @HealthCheck({ swaggerDocumentation: false })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.engine.check(), () => this.namespace.check()]);
  }
}
