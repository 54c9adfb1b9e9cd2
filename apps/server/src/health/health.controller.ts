import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { EngineHealth } from '#temporal/engine-health.js';
import { OpenToAll } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { DatabaseHealth } from './database.health.js';
import { NamespaceHealth } from './namespace.health.js';

const ALIVE = { status: 'ok', info: {}, error: {}, details: {} };
const CHECKS = {
  engine: { status: 'up', namespace: 'default' },
  namespace: { status: 'up' },
  database: { status: 'up' },
};
const READY = { status: 'ok', info: CHECKS, error: {}, details: CHECKS };
const NOT_READY = {
  description:
    'The engine does not answer, or namespace or database are not set up yet. `checks` says which.',
  kind: 'not-ready',
  title: 'Service Unavailable',
  detail: 'Not ready',
  instance: '/health/ready',
};

@ApiTags('health')
@Controller('health')
@OpenToAll()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly engine: EngineHealth,
    private readonly namespace: NamespaceHealth,
    private readonly database: DatabaseHealth,
  ) {}

  @Get('live')
  @ApiOperation({
    summary: 'The process is up and answers',
    description: 'Asks nothing else, so that an outage of the engine restarts no server.',
  })
  @ApiResponse({ status: 200, description: 'It does.', schema: { example: ALIVE } })
  @HealthCheck({ swaggerDocumentation: false })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @ApiOperation({
    summary: 'The engine is reachable, namespace and database are set up',
    description: 'While it is not ready, requests are to go to other servers.',
  })
  @ApiResponse({ status: 200, description: 'Ready.', schema: { example: READY } })
  @ApiProblems({ 503: NOT_READY })
  @HealthCheck({ swaggerDocumentation: false })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.engine.check(),
      () => this.namespace.check(),
      () => this.database.check(),
    ]);
  }
}
