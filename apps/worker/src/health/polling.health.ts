import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { WorkerHost } from '#temporal/worker-host.js';

/** Health indicator: the worker asks the engine for tasks. */
@Injectable()
export class PollingHealth {
  constructor(
    private readonly host: WorkerHost,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('polling');
    return this.host.polling ? indicator.up() : indicator.down('the worker does not ask for tasks');
  }
}
